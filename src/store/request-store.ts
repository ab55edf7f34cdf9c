import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { dueAt } from "../request/due.ts";
import type { Outcome } from "../request/outcome.ts";
import type { Instant, Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import type {
  Heartbeat,
  Projection,
  RequestStore,
  StandaloneFact,
  StoredRequest,
} from "../workflow/ports.ts";
import { lookAgainAt } from "./due-key.ts";
import { indexes, keys } from "./keys.ts";
import { idOf, prefixed, strings } from "./marshal.ts";
import { attendance, attended, beatName, type RequestItem, toStored } from "./request-item.ts";
import { rowsStand } from "../workflow/rows-stand.ts";

const EMPTY_PROJECTION: Projection = { shownVersion: 0, copies: [], toldSeq: -1 };
/** Writers of one request are few: voters, one worker, the sweeper. More lost races than this is a bug, not load. */
const MAX_RACES = 12;

/**
 * Requests in the one table. A request is one document: every change is one update conditional on its version,
 * so state and audit can't part. Heartbeats and projection cursors stand beside the document in the same item
 * and never touch its version.
 */
export function createRequestStore(client: DynamoDBClient, table: string): RequestStore {
  return {
    create: (request) => create(client, table, request),
    get: (id) => get(client, table, id),
    change: (id, decide) => change(client, table, id, decide),
    heartbeat: (id, beat) => heartbeat(client, table, id, beat),
    ofPerson: (person, limit) => ofPerson(client, table, person, limit),
    due: (now, limit) => due(client, table, now, limit),
    lookAgain: (id, version, at) => lookAgain(client, table, id, version, at),
    recordFact: (fact) => recordFact(client, table, fact),
    saveProjection: (id, projection, basedOn) => saveProjection(client, table, id, projection, basedOn),
  };
}

async function create(
  client: DynamoDBClient,
  table: string,
  request: Request,
): Promise<"created" | "exists"> {
  const dueTime = lookAgainAt(request, undefined, false);
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          ...strings(keys.request(request.id)),
          ...strings(keys.person(request.requester, request.createdAt, request.id)),
          ...strings(keys.due(dueTime, request.id)),
          doc: { S: JSON.stringify(request) },
          state: { S: request.state },
          version: { N: "1" },
          attended: { S: attended(request) },
          copies: { S: JSON.stringify(EMPTY_PROJECTION) },
          copiesRevision: { N: "0" },
        },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
    return "created";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "exists";
    throw error;
  }
}

async function get(client: DynamoDBClient, table: string, id: string): Promise<StoredRequest | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: strings(keys.request(id)), ConsistentRead: true }),
  );
  return Item && toStored(Item as RequestItem);
}

async function change(
  client: DynamoDBClient,
  table: string,
  id: string,
  decide: (request: Request) => Outcome,
): Promise<Outcome | { status: "not-found" }> {
  for (let races = 0; races < MAX_RACES; races++) {
    const stored = await get(client, table, id);
    if (!stored) return { status: "not-found" };
    const outcome = decide(stored.request);
    if (outcome.status === "refused") return outcome;
    if (await replace(client, table, stored, outcome.request)) return outcome;
  }
  throw new Error(`Lost ${MAX_RACES} races for request ${id}`);
}

/** False when somebody else changed the document since it was read. */
async function replace(
  client: DynamoDBClient,
  table: string,
  stored: StoredRequest,
  request: Request,
): Promise<boolean> {
  const dueTime = lookAgainAt(request, stored.beats, rowsStand(stored.projection));
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.request(request.id)),
        UpdateExpression:
          "SET doc = :doc, #state = :state, version = :next, attended = :attended, duePk = :duePk, dueSk = :dueSk",
        ConditionExpression: "version = :version",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: {
          ":doc": { S: JSON.stringify(request) },
          ":state": { S: request.state },
          ":version": { N: String(stored.version) },
          ":next": { N: String(stored.version + 1) },
          ":attended": { S: attended(request) },
          ...prefixed(keys.due(dueTime, request.id)),
        },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function heartbeat(
  client: DynamoDBClient,
  table: string,
  id: string,
  beat: Heartbeat,
): Promise<Request["state"] | "not-yours" | "not-found"> {
  try {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.request(id)),
        UpdateExpression: "SET #beat = :beat",
        ConditionExpression: "contains(attended, :mine)",
        ExpressionAttributeNames: { "#beat": beatName(beat.run) },
        ExpressionAttributeValues: {
          ":beat": { S: JSON.stringify(beat) },
          ":mine": { S: attendance(beat.run, beat.worker) },
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    return (Attributes as RequestItem).state.S as Request["state"];
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return (await get(client, table, id)) ? "not-yours" : "not-found";
  }
}

async function ofPerson(
  client: DynamoDBClient,
  table: string,
  person: PersonId,
  limit: number,
): Promise<Request[]> {
  const { personPk } = keys.person(person, "", "");
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: indexes.person,
      KeyConditionExpression: "personPk = :pk",
      ExpressionAttributeValues: { ":pk": { S: personPk } },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  const stored = await Promise.all(Items.map((item) => get(client, table, idOf(item["pk"]?.S))));
  return stored.flatMap((one) => (one ? [one.request] : []));
}

async function due(client: DynamoDBClient, table: string, now: Instant, limit: number): Promise<string[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: indexes.due,
      KeyConditionExpression: "duePk = :open AND dueSk <= :now",
      // `~` sorts behind `#` and every character of an id, so that a request due this very moment is included.
      ExpressionAttributeValues: { ":open": { S: "OPEN" }, ":now": { S: `${now}~` } },
      Limit: limit,
    }),
  );
  return Items.map((item) => idOf(item["pk"]?.S));
}

/** The first one stays as it was written; each one after it counts. */
async function recordFact(client: DynamoDBClient, table: string, fact: StandaloneFact): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: strings(keys.fact(fact.at, fact.id)),
      UpdateExpression: "SET doc = if_not_exists(doc, :doc), lastAt = :at ADD times :one",
      ExpressionAttributeValues: {
        ":doc": { S: JSON.stringify(fact) },
        ":at": { S: fact.at },
        ":one": { N: "1" },
      },
    }),
  );
}

async function saveProjection(
  client: DynamoDBClient,
  table: string,
  id: string,
  projection: Projection,
  basedOn: number,
): Promise<"saved" | "conflict"> {
  try {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.request(id)),
        UpdateExpression: "SET copies = :copies, copiesRevision = :next",
        ConditionExpression: "copiesRevision = :basedOn",
        ExpressionAttributeValues: {
          ":copies": { S: JSON.stringify(projection) },
          ":basedOn": { N: String(basedOn) },
          ":next": { N: String(basedOn + 1) },
        },
        ReturnValues: "ALL_OLD",
      }),
    );
    const before = toStored(Attributes as RequestItem);
    const isCaughtUp = projection.shownVersion === before.version;
    const changesDue =
      projection.shownVersion > before.projection.shownVersion ||
      rowsStand(projection) !== rowsStand(before.projection);
    if (isCaughtUp && changesDue) await settleDue(client, table, before, rowsStand(projection));
    return "saved";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "conflict";
    throw error;
  }
}

/** Once every copy shows the stored version, only the request's own life decides when to look again. */
async function settleDue(
  client: DynamoDBClient,
  table: string,
  stored: StoredRequest,
  withRows: boolean,
): Promise<void> {
  const { request, version, beats } = stored;
  // A newer change sets a time of its own.
  await lookAgain(client, table, request.id, version, dueAt(request, beats, withRows));
}

async function lookAgain(
  client: DynamoDBClient,
  table: string,
  id: string,
  version: number,
  at: Instant | undefined,
): Promise<boolean> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.request(id)),
        UpdateExpression: at ? "SET duePk = :duePk, dueSk = :dueSk" : "REMOVE duePk, dueSk",
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: {
          ":version": { N: String(version) },
          ...(at ? prefixed(keys.due(at, id)) : {}),
        },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
