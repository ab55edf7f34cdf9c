import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { PersonId } from "../runbook/plan.ts";
import type { ReviewBook } from "../workflow/ports.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

/** A set of request ids per user id, in an item of its own; and one per subject of the identity provider, for all accounts of a person. */
export function createReviewBook(client: DynamoDBClient, table: string): ReviewBook {
  const update = async (person: PersonId, verb: "ADD" | "DELETE", ids: readonly string[]) => {
    for (const key of keys.reviews(person))
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: strings(key),
          UpdateExpression: `${verb} owed :ids`,
          ExpressionAttributeValues: { ":ids": { SS: [...ids] } },
        }),
      );
  };
  const read = async (key: ReturnType<typeof keys.reviews>[number]) => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: strings(key), ConsistentRead: true }),
    );
    return Item?.["owed"]?.SS ?? [];
  };
  return {
    owe: (person, requestId) => update(person, "ADD", [requestId]),
    owed: async (person) => [...new Set((await Promise.all(keys.reviews(person).map(read))).flat())],
    settle: (person, requestIds) =>
      requestIds.length === 0 ? Promise.resolve() : update(person, "DELETE", requestIds),
  };
}
