import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Instant, RequestState } from "../request/request.ts";
import { isOpen } from "../request/transitions.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { OpenPlaces } from "../workflow/ports.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

/** A place is taken a moment before its request is written; if that never came, the process died in between. */
const UNWRITTEN_MS = 60_000;

/**
 * A set of `<time>#<request id>` per user id, in an item of its own. Taking a place is one conditional write; nothing
 * is written when a request closes: places of closed requests are given back when somebody needs one.
 */
export function createOpenPlaces(client: DynamoDBClient, table: string): OpenPlaces {
  return {
    async take(person, { id, createdAt }, max) {
      const place = `${createdAt}#${id}`;
      if (await add(client, table, person, place, max)) return "taken";
      const held = await read(client, table, person);
      if (held.some((other) => idIn(other) === id)) return "taken";
      const free: string[] = [];
      for (const other of held) if (await isFree(client, table, other, createdAt)) free.push(other);
      if (free.length === 0) return "full";
      await giveBack(client, table, person, free);
      return (await add(client, table, person, place, max)) ? "taken" : "full";
    },
  };
}

async function add(
  client: DynamoDBClient,
  table: string,
  person: PersonId,
  place: string,
  max: number,
): Promise<boolean> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.places(person)),
        UpdateExpression: "ADD places :place",
        ConditionExpression: "attribute_not_exists(places) OR size(places) < :max",
        ExpressionAttributeValues: { ":place": { SS: [place] }, ":max": { N: String(max) } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function read(client: DynamoDBClient, table: string, person: PersonId): Promise<string[]> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: strings(keys.places(person)), ConsistentRead: true }),
  );
  return Item?.["places"]?.SS ?? [];
}

async function isFree(client: DynamoDBClient, table: string, place: string, now: Instant): Promise<boolean> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: strings(keys.request(idIn(place))),
      ConsistentRead: true,
      ProjectionExpression: "#state",
      ExpressionAttributeNames: { "#state": "state" },
    }),
  );
  const state = Item?.["state"]?.S as RequestState | undefined;
  return state === undefined ? Date.parse(now) - Date.parse(takenAt(place)) > UNWRITTEN_MS : !isOpen(state);
}

/** Taking out what somebody else took out already changes nothing. */
async function giveBack(
  client: DynamoDBClient,
  table: string,
  person: PersonId,
  places: string[],
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: strings(keys.places(person)),
      UpdateExpression: "DELETE places :places",
      ExpressionAttributeValues: { ":places": { SS: places } },
    }),
  );
}

function takenAt(place: string): Instant {
  return place.slice(0, place.indexOf("#"));
}

function idIn(place: string): string {
  return place.slice(place.indexOf("#") + 1);
}
