import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Delegation } from "../request/delegation.ts";
import type { Delegations } from "../workflow/ports.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

const AWAY = "away_";

/**
 * One item for all, an attribute for each approver who is away: a vote reads it in one strongly consistent read. A
 * delegation takes about 200 bytes and lives for a month or two, so that the item's 400 KB are enough for 1,000 people.
 */
export function createDelegations(client: DynamoDBClient, table: string): Delegations {
  const Key = strings(keys.away());
  const read = async (): Promise<[name: string, doc: string][]> => {
    const { Item = {} } = await client.send(
      new GetItemCommand({ TableName: table, Key, ConsistentRead: true }),
    );
    return Object.entries(Item).flatMap(([name, { S }]) =>
      name.startsWith(AWAY) && S !== undefined ? [[name, S]] : [],
    );
  };

  return {
    all: async () => (await read()).map(([, doc]) => JSON.parse(doc) as Delegation),
    async set(delegation, now) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key,
          UpdateExpression: "SET #away = :doc",
          ExpressionAttributeNames: { "#away": nameOf(delegation.delegator) },
          ExpressionAttributeValues: { ":doc": { S: JSON.stringify(delegation) } },
        }),
      );
      await forgetEnded(client, table, await read(), now);
    },
    async end(delegator) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key,
          UpdateExpression: "REMOVE #away",
          ExpressionAttributeNames: { "#away": nameOf(delegator) },
        }),
      );
    },
  };
}

/** Takes out what is over, unless somebody changed any of it meanwhile; the next one takes it out then. */
async function forgetEnded(
  client: DynamoDBClient,
  table: string,
  entries: readonly [name: string, doc: string][],
  now: Date,
): Promise<void> {
  const over = entries.filter(([, doc]) => (JSON.parse(doc) as Delegation).endsAt <= now.toISOString());
  if (over.length === 0) return;
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.away()),
        UpdateExpression: `REMOVE ${over.map((_, at) => `#a${at}`).join(", ")}`,
        ConditionExpression: over.map((_, at) => `#a${at} = :a${at}`).join(" AND "),
        ExpressionAttributeNames: Object.fromEntries(over.map(([name], at) => [`#a${at}`, name])),
        ExpressionAttributeValues: Object.fromEntries(over.map(([, doc], at) => [`:a${at}`, { S: doc }])),
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

function nameOf({ teamId, userId }: Delegation["delegator"]): string {
  return `${AWAY}${teamId}:${userId}`;
}
