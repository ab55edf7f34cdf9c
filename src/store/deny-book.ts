import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { DenyBook } from "../workflow/ports.ts";
import { keys } from "./keys.ts";
import { strings } from "./marshal.ts";

/** Longer than the writer's calls to STS and IAM together may take; one that died is not waited for any longer. */
const HELD_MS = 60_000;
const GRANT = "grant_";

/**
 * What belongs into the deny-list of each data role: an item a role, an attribute a grant with its end. One writer at a
 * time, because IAM knows no conditional write; who lost its hold on the way says so, and its grant is written again.
 */
export function createDenyBook(client: DynamoDBClient, table: string): DenyBook {
  const update = async (
    role: string,
    expression: string,
    values: Record<string, AttributeValue>,
    more: { names?: Record<string, string>; condition?: string } = {},
  ) => {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: strings(keys.denyList(role)),
        UpdateExpression: expression,
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
        ...(more.names ? { ExpressionAttributeNames: more.names } : {}),
        ...(more.condition ? { ConditionExpression: more.condition } : {}),
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes ?? {};
  };

  return {
    async enter(role, grant, until) {
      await update(
        role,
        "SET #grant = :until",
        { ":until": { S: until } },
        { names: { "#grant": GRANT + grant } },
      );
    },
    async write(role, now, work) {
      const holder = randomUUID();
      const held = await hold(() =>
        update(
          role,
          "SET holder = :me, heldUntil = :until",
          {
            ":me": { S: holder },
            ":until": { S: new Date(now.getTime() + HELD_MS).toISOString() },
            ":now": { S: now.toISOString() },
          },
          { condition: "attribute_not_exists(holder) OR heldUntil < :now" },
        ),
      );
      if (!held) return "busy";
      const all = Object.entries(held).flatMap(([name, { S }]) =>
        name.startsWith(GRANT) && S !== undefined
          ? [{ name, grant: name.slice(GRANT.length), until: S }]
          : [],
      );
      const over = all.filter(({ until }) => until <= now.toISOString());
      let done = false;
      try {
        await work(
          all.filter((entry) => !over.includes(entry)).map(({ grant, until }) => ({ grant, until })),
        );
        done = true;
      } finally {
        const gone = done ? over : [];
        const names = Object.fromEntries(gone.map(({ name }, at) => [`#g${at}`, name]));
        const released = await hold(() =>
          update(
            role,
            `REMOVE ${["holder", "heldUntil", ...Object.keys(names)].join(", ")}`,
            { ":me": { S: holder } },
            { ...(gone.length > 0 ? { names } : {}), condition: "holder = :me" },
          ),
        );
        if (done && !released) done = false;
      }
      return done ? "done" : "busy";
    },
  };
}

/** Nothing when somebody else holds it. */
async function hold<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
