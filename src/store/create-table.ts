import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";
import { indexes } from "./keys.ts";

/**
 * Makes the table with its two sparse indexes, billed per request; does nothing when it exists.
 * Resolves when it can be used, or throws after `deadlineMs`.
 */
export async function createTable(
  client: DynamoDBClient,
  table: string,
  options: { deadlineMs: number; pollMs: number } = { deadlineMs: 60_000, pollMs: 500 },
): Promise<"created" | "exists"> {
  const outcome = (await isActive(client, table)) === undefined ? await create(client, table) : "exists";
  const deadline = Date.now() + options.deadlineMs;
  while (!(await isActive(client, table))) {
    if (Date.now() > deadline)
      throw new Error(`The table ${table} did not become active in ${options.deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, options.pollMs));
  }
  return outcome;
}

/** `undefined`: there is no such table. */
async function isActive(client: DynamoDBClient, table: string): Promise<boolean | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    return Table?.TableStatus === "ACTIVE";
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(client: DynamoDBClient, table: string): Promise<"created" | "exists"> {
  const keyed = (pk: string, sk: string) => [
    { AttributeName: pk, KeyType: "HASH" as const },
    { AttributeName: sk, KeyType: "RANGE" as const },
  ];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: ["pk", "sk", "duePk", "dueSk", "personPk", "personSk"].map((name) => ({
          AttributeName: name,
          AttributeType: "S" as const,
        })),
        KeySchema: keyed("pk", "sk"),
        GlobalSecondaryIndexes: [
          {
            IndexName: indexes.due,
            KeySchema: keyed("duePk", "dueSk"),
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
          {
            IndexName: indexes.person,
            KeySchema: keyed("personPk", "personSk"),
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
        ],
      }),
    );
    return "created";
  } catch (error) {
    // Two replicas that start together both find no table; the second is told that the first made it.
    if (error instanceof ResourceInUseException) return "exists";
    throw error;
  }
}
