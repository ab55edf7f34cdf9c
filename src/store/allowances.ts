import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Allowances, Amounts } from "../workflow/ports.ts";
import { EXPIRES_AT } from "./expire-counters.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

/** A day's counter is of no use after its day, in whatever time zone that was; then the table may forget it. */
const KEPT_DAYS = 3;

/**
 * One counter item per key and day. Taking is one update on the condition that every amount still fits, so that two
 * requests which come together can't both have the last of it.
 */
export function createAllowances(client: DynamoDBClient, table: string): Allowances {
  return {
    async takeAllowance(key, day, amounts, max) {
      const names: (keyof Amounts)[] = ["requests", "rows", "bytes"];
      const limited = names.filter((name) => max[name] !== undefined);
      const room = (name: keyof Amounts) => (max[name] ?? Infinity) - amounts[name];
      if (limited.some((name) => room(name) < 0)) return "exhausted";
      const number = (value: number) => ({ N: String(value) });
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: strings(keys.allowance(key, day)),
            UpdateExpression: `SET ${EXPIRES_AT} = :expiresAt ADD ${names.map((name) => `#${name} :${name}`).join(", ")}`,
            ...(limited.length === 0
              ? {}
              : {
                  ConditionExpression: limited
                    .map((name) => `(attribute_not_exists(#${name}) OR #${name} <= :${name}Room)`)
                    .join(" AND "),
                }),
            ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
            ExpressionAttributeValues: {
              ":expiresAt": number(Math.floor(Date.parse(`${day}T00:00:00Z`) / 1000) + KEPT_DAYS * 86_400),
              ...Object.fromEntries(names.map((name) => [`:${name}`, number(amounts[name])])),
              ...Object.fromEntries(limited.map((name) => [`:${name}Room`, number(room(name))])),
            },
          }),
        );
        return "taken";
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return "exhausted";
        throw error;
      }
    },
    async taken(key, day) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: strings(keys.allowance(key, day)) }),
      );
      const amount = (name: keyof Amounts) => Number(Item?.[name]?.N ?? "0");
      return { requests: amount("requests"), rows: amount("rows"), bytes: amount("bytes") };
    },
  };
}
