import {
  BatchGetItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type BatchGetItemCommandInput,
  type DynamoDBClient,
  type GetItemCommandInput,
  type QueryCommandInput,
  type ScanCommandInput,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DynamoDbCall, QueryRequest } from "../../../src/dynamodb/requests.ts";
import type { TableSchema } from "../../../src/dynamodb/table-schema.ts";
import { compileSessionPolicy } from "../../../src/iam/compile-session-policy.ts";
import { leasePolicy } from "../../../src/iam/lease-policy.ts";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, leaseOf, seedFew } from "./clients.ts";

const oddCustomer = `C*? "it's" \\ ñ $1`;
const schemas: Record<string, TableSchema> = {
  orders: {
    keys: { partitionKey: "order_id" },
    indexes: {
      "gsi-status": { partitionKey: "status", sortKey: "updated_at", type: "GSI" },
      "gsi-customer": { partitionKey: "customer_id", sortKey: "created_at", type: "GSI" },
    },
  },
  order_events: {
    keys: { partitionKey: "order_id", sortKey: "event_at" },
    indexes: { "lsi-type": { partitionKey: "order_id", sortKey: "event_type", type: "LSI" } },
  },
};

function byCustomer(customer: string): QueryRequest {
  return {
    TableName: "orders",
    IndexName: "gsi-customer",
    KeyConditionExpression: "customer_id = :id AND created_at > :since",
    FilterExpression: "attribute_exists(#note) OR total_cents BETWEEN :low AND :high",
    ProjectionExpression: "order_id, #status, total_cents",
    Select: "SPECIFIC_ATTRIBUTES",
    ExpressionAttributeNames: { "#note": "note", "#status": "status" },
    ExpressionAttributeValues: {
      ":id": { S: customer },
      ":since": { S: "2026" },
      ":low": { N: "1" },
      ":high": { N: "1000" },
    },
    Limit: 1,
  };
}

const calls: [string, DynamoDbCall][] = [
  [
    "GetItem",
    {
      action: "dynamodb:GetItem",
      request: { TableName: "orders", Key: { order_id: { S: "O-1" } }, ProjectionExpression: "total_cents" },
    },
  ],
  [
    "BatchGetItem",
    {
      action: "dynamodb:BatchGetItem",
      request: {
        RequestItems: {
          orders: {
            Keys: [{ order_id: { S: "O-1" } }, { order_id: { S: "O-2" } }],
            ProjectionExpression: "order_id, total_cents",
          },
        },
      },
    },
  ],
  ["Query on a global index", { action: "dynamodb:Query", request: byCustomer("C-1") }],
  ["Query for a key with odd characters", { action: "dynamodb:Query", request: byCustomer(oddCustomer) }],
  [
    "Query on a local index",
    {
      action: "dynamodb:Query",
      request: {
        TableName: "order_events",
        IndexName: "lsi-type",
        KeyConditionExpression: "order_id = :id AND begins_with(event_type, :type)",
        ProjectionExpression: "event_at",
        Select: "SPECIFIC_ATTRIBUTES",
        ExpressionAttributeValues: { ":id": { S: "O-1" }, ":type": { S: "ret" } },
        Limit: 5,
      },
    },
  ],
  [
    "a count",
    {
      action: "dynamodb:Query",
      request: {
        TableName: "orders",
        IndexName: "gsi-status",
        KeyConditionExpression: "#status = :paid",
        Select: "COUNT",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":paid": { S: "PAID" } },
        Limit: 10,
      },
    },
  ],
];

let aws: AwsPeer;
beforeAll(async () => {
  aws = await startAws();
  await seedFew(aws);
  await dynamoDbOf(aws, aws.operator).send(
    new PutItemCommand({
      TableName: "orders",
      Item: {
        order_id: { S: "O-4" },
        customer_id: { S: oddCustomer },
        status: { S: "PAID" },
        created_at: { S: "2026-11-21T01:00:00Z" },
        updated_at: { S: "2026-11-21T01:00:00Z" },
        total_cents: { N: "10" },
      },
    }),
  );
});
afterAll(() => aws[Symbol.asyncDispose]());

async function sessionFor(call: DynamoDbCall): Promise<DynamoDBClient> {
  const policy = compileSessionPolicy({
    calls: [call],
    schemas,
    target: { account: aws.account, region: aws.region },
  });
  const Policy = leasePolicy(policy, new Date(Date.now() + 60_000));
  return dynamoDbOf(aws, await leaseOf(aws, { Policy }));
}

function send(client: DynamoDBClient, { action, request }: DynamoDbCall): Promise<unknown> {
  switch (action) {
    case "dynamodb:GetItem":
      return client.send(new GetItemCommand(request as GetItemCommandInput));
    case "dynamodb:BatchGetItem":
      return client.send(new BatchGetItemCommand(request as BatchGetItemCommandInput));
    case "dynamodb:Query":
      return client.send(new QueryCommand(request as QueryCommandInput));
    case "dynamodb:Scan":
      return client.send(new ScanCommand(request as ScanCommandInput));
    case "dynamodb:UpdateItem":
      return client.send(new UpdateItemCommand(request as UpdateItemCommandInput));
  }
}

test.each(calls)("the policy compiled from a %s lets it run and none of the others", async (_, call) => {
  const session = await sessionFor(call);
  await expect(send(session, call)).resolves.toBeDefined();
  for (const [, other] of calls) {
    if (other === call) continue;
    await expect(send(session, other)).rejects.toMatchObject({ name: "AccessDeniedException" });
  }
});

test("the policy of a query covers its second page", async () => {
  const [, call] = calls[2] ?? [];
  if (call?.action !== "dynamodb:Query") throw new Error("not a query");
  const session = await sessionFor(call);
  const request = call.request as QueryCommandInput;
  const first = await session.send(new QueryCommand(request));
  expect(first.LastEvaluatedKey).toBeDefined();
  const second = await session.send(
    new QueryCommand({ ...request, ExclusiveStartKey: first.LastEvaluatedKey }),
  );
  expect([first.Items?.[0]?.["order_id"]?.S, second.Items?.[0]?.["order_id"]?.S]).toEqual(["O-1", "O-3"]);
});
