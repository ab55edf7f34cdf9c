import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { CanaryBook, CanaryOutcome } from "../workflow/ports.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

/** The last canary's result in an item of its own; every one stands among the facts too. */
export function createCanaryBook(client: DynamoDBClient, table: string): CanaryBook {
  return {
    async keep({ id, status, at }) {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: strings({ ...keys.canary(), id, status, at }),
        }),
      );
    },
    async last() {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: strings(keys.canary()), ConsistentRead: true }),
      );
      const [id, status, at] = [Item?.["id"]?.S, Item?.["status"]?.S, Item?.["at"]?.S];
      if (id === undefined || status === undefined || at === undefined) return undefined;
      return { id, status: status === "green" ? "green" : "red", at } satisfies CanaryOutcome;
    },
  };
}
