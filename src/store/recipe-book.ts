import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { RecipeBook, RecipeEntry } from "../workflow/ports.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

/** A recipe's count is of no use after its end; then the table may forget it. */
const KEPT_DAYS = 3;

/**
 * One item with a set of `<runbook>#<request id>#<time>` for all recipes that may be open, so that a request reads it once,
 * and one item per recipe with the set of the requests that it approved. Taking is one update on the condition that the
 * set has room: however many come together, none has the place of another.
 */
export function createRecipeBook(client: DynamoDBClient, table: string): RecipeBook {
  const update = async (command: Omit<UpdateItemCommandInput, "TableName">) => {
    try {
      return await client.send(new UpdateItemCommand({ TableName: table, ...command }));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  return {
    async enter(entry, max) {
      const text = textOf(entry);
      const entered = await update({
        Key: strings(keys.recipes()),
        UpdateExpression: "ADD recipes :entry",
        ConditionExpression:
          "attribute_not_exists(recipes) OR contains(recipes, :one) OR size(recipes) < :max",
        ExpressionAttributeValues: {
          ":entry": { SS: [text] },
          ":one": { S: text },
          ":max": { N: String(max) },
        },
      });
      return entered ? "entered" : "full";
    },
    async entries() {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: strings(keys.recipes()), ConsistentRead: true }),
      );
      return (Item?.["recipes"]?.SS ?? []).map(entryOf);
    },
    async strike(entries) {
      if (entries.length === 0) return;
      await update({
        Key: strings(keys.recipes()),
        UpdateExpression: "DELETE recipes :entries",
        ExpressionAttributeValues: { ":entries": { SS: entries.map(textOf) } },
      });
    },
    async takeRun(recipe, requestId, { runs, until }) {
      const taken = await update({
        Key: strings(keys.recipeRuns(recipe)),
        UpdateExpression: "SET expiresAt = :expiresAt ADD requests :set",
        ConditionExpression:
          "attribute_not_exists(requests) OR contains(requests, :one) OR size(requests) < :runs",
        ExpressionAttributeValues: {
          ":set": { SS: [requestId] },
          ":one": { S: requestId },
          ":runs": { N: String(runs) },
          ":expiresAt": { N: String(Math.floor(Date.parse(until) / 1000) + KEPT_DAYS * 86_400) },
        },
        ReturnValues: "ALL_NEW",
      });
      return taken?.Attributes?.["requests"]?.SS?.length ?? "used-up";
    },
    async runsTaken(recipe) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: strings(keys.recipeRuns(recipe)), ConsistentRead: true }),
      );
      return Item?.["requests"]?.SS?.length ?? 0;
    },
  };
}

function textOf({ runbook, requestId, at }: RecipeEntry): string {
  return `${runbook}#${requestId}#${at}`;
}

function entryOf(text: string): RecipeEntry {
  const [runbook = "", requestId = "", at = ""] = text.split("#");
  return { runbook, requestId, at };
}
