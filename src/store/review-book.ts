import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { PersonId } from "../runbook/plan.ts";
import type { ReviewBook } from "../workflow/ports.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

/** A set of request ids per user id, in an item of its own. */
export function createReviewBook(client: DynamoDBClient, table: string): ReviewBook {
  const update = async (person: PersonId, verb: "ADD" | "DELETE", ids: readonly string[]) => {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.reviews(person)),
        UpdateExpression: `${verb} owed :ids`,
        ExpressionAttributeValues: { ":ids": { SS: [...ids] } },
      }),
    );
  };
  return {
    owe: (person, requestId) => update(person, "ADD", [requestId]),
    async owed(person) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: strings(keys.reviews(person)), ConsistentRead: true }),
      );
      return Item?.["owed"]?.SS ?? [];
    },
    settle: (person, requestIds) =>
      requestIds.length === 0 ? Promise.resolve() : update(person, "DELETE", requestIds),
  };
}
