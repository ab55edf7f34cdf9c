import {
  BatchGetItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { ordersTable } from "../../../src/sandbox/seed/tables.ts";
import { dynamoDbOf, seedFew, tableArn } from "./clients.ts";

let aws: AwsPeer;
beforeAll(async () => {
  aws = await startAws();
  await seedFew(aws);
});
afterAll(() => aws[Symbol.asyncDispose]());
const operator = (region?: string) => dynamoDbOf(aws, aws.operator, region);

test("tables carry the account's and Region's names and are active as soon as they are made", async () => {
  const { Table } = await operator().send(new DescribeTableCommand({ TableName: "orders" }));
  expect(Table).toMatchObject({ TableArn: tableArn(aws, "orders"), TableStatus: "ACTIVE" });
  expect(Table?.GlobalSecondaryIndexes?.map((index) => index.IndexArn)).toEqual([
    tableArn(aws, "orders/index/gsi-status"),
    tableArn(aws, "orders/index/gsi-customer"),
  ]);
  await expect(operator().send(new CreateTableCommand(ordersTable))).rejects.toMatchObject({
    name: "ResourceInUseException",
  });
});

test("another Region has none of them", async () => {
  await expect(operator("us-east-1").send(new ListTablesCommand())).resolves.toMatchObject({
    TableNames: [],
  });
  await expect(
    operator("us-east-1").send(new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-1" } } })),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("reads are consistent, counted and paged", async () => {
  const query = {
    TableName: "orders",
    IndexName: "gsi-customer",
    KeyConditionExpression: "customer_id = :id",
    ExpressionAttributeValues: { ":id": { S: "C-1" } },
    ScanIndexForward: false,
    ReturnConsumedCapacity: "TOTAL",
    Limit: 1,
  } as const;
  const first = await operator().send(new QueryCommand(query));
  expect(first).toMatchObject({
    Count: 1,
    ScannedCount: 1,
    Items: [{ order_id: { S: "O-3" } }],
    ConsumedCapacity: { TableName: "orders", CapacityUnits: 0.5 },
  });
  const rest = await operator().send(
    new QueryCommand({ ...query, Limit: 5, ExclusiveStartKey: first.LastEvaluatedKey }),
  );
  expect(rest.Items).toMatchObject([{ order_id: { S: "O-1" } }]);
  expect(rest.LastEvaluatedKey).toBeUndefined();
  const batch = await operator().send(
    new BatchGetItemCommand({
      RequestItems: {
        orders: { Keys: [{ order_id: { S: "O-1" } }, { order_id: { S: "O-404" } }], ConsistentRead: true },
      },
    }),
  );
  expect(batch.Responses?.["orders"]).toHaveLength(1);
});

test("a request that DynamoDB wouldn't read is refused in its words", async () => {
  await expect(
    operator().send(
      new QueryCommand({
        TableName: "orders",
        KeyConditionExpression: "order_id = :id",
        ProjectionExpression: "status",
        ExpressionAttributeValues: { ":id": { S: "O-1" } },
      }),
    ),
  ).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("reserved keyword: status"),
  });
});

test("a failed condition returns the item that stood in the way, when asked to", async () => {
  const put = (ReturnValuesOnConditionCheckFailure: "ALL_OLD" | "NONE") =>
    operator().send(
      new PutItemCommand({
        TableName: "orders",
        Item: { order_id: { S: "O-1" } },
        ConditionExpression: "attribute_not_exists(order_id)",
        ReturnValuesOnConditionCheckFailure,
      }),
    );
  await expect(put("ALL_OLD")).rejects.toMatchObject({
    name: "ConditionalCheckFailedException",
    Item: { order_id: { S: "O-1" }, status: { S: "PAID" } },
  });
  await expect(put("NONE")).rejects.toMatchObject({
    name: "ConditionalCheckFailedException",
    Item: undefined,
  });
});

test("time to live can be set once and is told again", async () => {
  const TableName = "order_events";
  const setting = new UpdateTimeToLiveCommand({
    TableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: "expires_at" },
  });
  await operator().send(setting);
  await expect(operator().send(setting)).rejects.toMatchObject({
    name: "ValidationException",
    message: "TimeToLive is already enabled",
  });
  await expect(operator().send(new DescribeTimeToLiveCommand({ TableName }))).resolves.toMatchObject({
    TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: "expires_at" },
  });
  await expect(
    operator().send(new DescribeTimeToLiveCommand({ TableName: "nowhere" })),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("what the sandbox lacks it says, after IAM had its word", async () => {
  await expect(
    operator().send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "orders"` })),
  ).rejects.toMatchObject({ name: "UnknownOperationException", message: /doesn't run ExecuteStatement/ });
  expect(aws.calls.query().at(-1)).toMatchObject({ access: "allowed" });
});
