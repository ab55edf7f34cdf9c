import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Statement } from "../../../src/iam/policy-document.ts";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, leaseOf, policyOf, seedFew, tableArn } from "./clients.ts";

let aws: AwsPeer;
beforeAll(async () => {
  aws = await startAws();
  await seedFew(aws);
});
afterAll(() => aws[Symbol.asyncDispose]());

const readAttributes = ["order_id", "status", "updated_at", "total_cents"];

/** The policy of one approved query: paid orders by the status index, four attributes, for a while. */
function paidOrders(peer: AwsPeer, expiresAt = new Date(Date.now() + 120_000)): Statement {
  return {
    Effect: "Allow",
    Action: "dynamodb:Query",
    Resource: tableArn(peer, "orders/index/gsi-status"),
    Condition: {
      "ForAllValues:StringEquals": {
        "dynamodb:LeadingKeys": ["PAID"],
        "dynamodb:Attributes": readAttributes,
      },
      StringEquals: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES", "aws:RequestedRegion": peer.region },
      Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
      DateLessThan: { "aws:CurrentTime": expiresAt.toISOString() },
    },
  };
}

const approved: QueryCommandInput = {
  TableName: "orders",
  IndexName: "gsi-status",
  KeyConditionExpression: "#status = :status",
  FilterExpression: "total_cents > :least",
  ProjectionExpression: "order_id, updated_at",
  Select: "SPECIFIC_ATTRIBUTES",
  ExpressionAttributeNames: { "#status": "status" },
  ExpressionAttributeValues: { ":status": { S: "PAID" }, ":least": { N: "100" } },
};
const paid = { ":status": { S: "PAID" } };

const leased = async (...statements: Statement[]): Promise<DynamoDBClient> =>
  dynamoDbOf(aws, await leaseOf(aws, { Policy: policyOf(...statements) }));
const lastContext = () => aws.calls.query().at(-1)?.checks.at(-1)?.context;

describe("a session whose policy was compiled from one query", () => {
  test("runs that query, page by page", async () => {
    const session = await leased(paidOrders(aws));
    const first = await session.send(new QueryCommand({ ...approved, Limit: 1 }));
    const second = await session.send(
      new QueryCommand({ ...approved, Limit: 1, ExclusiveStartKey: first.LastEvaluatedKey }),
    );
    expect([...(first.Items ?? []), ...(second.Items ?? [])]).toEqual([
      { order_id: { S: "O-1" }, updated_at: { S: "2026-11-21T02:00:01Z" } },
      { order_id: { S: "O-2" }, updated_at: { S: "2026-11-21T02:00:02Z" } },
    ]);
  });

  test.each<[string, (session: DynamoDBClient) => Promise<unknown>]>([
    [
      "another key",
      (s) =>
        s.send(
          new QueryCommand({
            ...approved,
            ExpressionAttributeValues: { ...approved.ExpressionAttributeValues, ":status": { S: "SHIPPED" } },
          }),
        ),
    ],
    [
      "another attribute in the projection",
      (s) => s.send(new QueryCommand({ ...approved, ProjectionExpression: "order_id, email" })),
    ],
    [
      "another attribute behind an alias",
      (s) =>
        s.send(
          new QueryCommand({
            ...approved,
            ProjectionExpression: "order_id, #hidden",
            ExpressionAttributeNames: { "#status": "status", "#hidden": "email" },
          }),
        ),
    ],
    [
      "another attribute in the filter only",
      (s) =>
        s.send(
          new QueryCommand({
            ...approved,
            FilterExpression: "begins_with(email, :least)",
            ExpressionAttributeValues: { ...paid, ":least": { S: "a" } },
          }),
        ),
    ],
    [
      "another attribute in the old form of a filter",
      (s) =>
        s.send(
          new QueryCommand({
            TableName: "orders",
            IndexName: "gsi-status",
            KeyConditions: { status: { ComparisonOperator: "EQ", AttributeValueList: [{ S: "PAID" }] } },
            QueryFilter: { email: { ComparisonOperator: "NOT_NULL" } },
            AttributesToGet: ["order_id"],
          }),
        ),
    ],
    [
      "a part of another attribute",
      (s) => s.send(new QueryCommand({ ...approved, ProjectionExpression: "order_id, address.street" })),
    ],
    [
      "whole items",
      (s) =>
        s.send(
          new QueryCommand({
            TableName: "orders",
            IndexName: "gsi-status",
            KeyConditionExpression: "#status = :status",
            ExpressionAttributeNames: { "#status": "status" },
            ExpressionAttributeValues: paid,
          }),
        ),
    ],
    [
      "a count",
      (s) =>
        s.send(
          new QueryCommand({
            TableName: "orders",
            IndexName: "gsi-status",
            Select: "COUNT",
            KeyConditionExpression: "#status = :status",
            ExpressionAttributeNames: { "#status": "status" },
            ExpressionAttributeValues: paid,
          }),
        ),
    ],
    [
      "the table instead of the index",
      (s) =>
        s.send(
          new QueryCommand({
            TableName: "orders",
            KeyConditionExpression: "order_id = :id",
            ProjectionExpression: "order_id",
            ExpressionAttributeValues: { ":id": { S: "PAID" } },
          }),
        ),
    ],
    [
      "another index",
      (s) =>
        s.send(
          new QueryCommand({
            TableName: "orders",
            IndexName: "gsi-customer",
            KeyConditionExpression: "customer_id = :id",
            ProjectionExpression: "order_id",
            ExpressionAttributeValues: { ":id": { S: "PAID" } },
          }),
        ),
    ],
    [
      "GetItem",
      (s) =>
        s.send(
          new GetItemCommand({
            TableName: "orders",
            Key: { order_id: { S: "PAID" } },
            ProjectionExpression: "order_id",
          }),
        ),
    ],
    [
      "a Scan of the index with the same projection",
      (s) =>
        s.send(
          new ScanCommand({ TableName: "orders", IndexName: "gsi-status", ProjectionExpression: "order_id" }),
        ),
    ],
    [
      "PartiQL",
      (s) =>
        s.send(
          new ExecuteStatementCommand({
            Statement: `SELECT order_id FROM "orders"."gsi-status" WHERE status = 'PAID'`,
          }),
        ),
    ],
    [
      "a transaction",
      (s) =>
        s.send(
          new TransactGetItemsCommand({
            TransactItems: [{ Get: { TableName: "orders", Key: { order_id: { S: "O-1" } } } }],
          }),
        ),
    ],
    [
      "a write",
      (s) =>
        s.send(
          new UpdateItemCommand({
            TableName: "orders",
            Key: { order_id: { S: "O-1" } },
            UpdateExpression: "SET total_cents = :least",
            ExpressionAttributeValues: { ":least": { N: "1" } },
          }),
        ),
    ],
    ["looking at the table", (s) => s.send(new DescribeTableCommand({ TableName: "orders" }))],
  ])("is denied %s", async (_, act) => {
    await expect(act(await leased(paidOrders(aws)))).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(aws.calls.query().at(-1)).toMatchObject({ access: "denied", sessionName: "R-1.1" });
  });

  test("is told that no session policy allows it, in AWS's words", async () => {
    const session = await leased(paidOrders(aws));
    const query = new QueryCommand({ ...approved, ProjectionExpression: "email" });
    await expect(session.send(query)).rejects.toThrow(
      `User: arn:aws:sts::111122223333:assumed-role/jit-data-dynamodb-read/R-1.1 is not authorized to perform: dynamodb:Query on resource: ${tableArn(aws, "orders/index/gsi-status")} because no session policy allows the dynamodb:Query action`,
    );
  });

  test("is denied in another Region", async () => {
    const keys = await leaseOf(aws, { Policy: policyOf({ ...paidOrders(aws), Resource: "*" }) });
    await expect(dynamoDbOf(aws, keys, "us-east-1").send(new QueryCommand(approved))).rejects.toThrow(
      `on resource: ${tableArn(aws, "orders/index/gsi-status", "us-east-1")} because no identity-based policy`,
    );
  });

  test("is denied once the policy's time has passed, while its keys still live", async () => {
    await using late = await startAws();
    await seedFew(late);
    const keys = await leaseOf(late, { Policy: policyOf(paidOrders(late)) });
    const session = dynamoDbOf(late, keys);
    late.clock.advance(115_000);
    await expect(session.send(new QueryCommand(approved))).resolves.toMatchObject({ Count: 2 });
    late.clock.advance(10_000);
    await expect(session.send(new QueryCommand(approved))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("because no session policy allows"),
    });
  });
});

describe("the two layers", () => {
  const wide: Statement = { Effect: "Allow", Action: "*", Resource: "*" };
  const put = new PutItemCommand({ TableName: "orders", Item: { order_id: { S: "O-9" } } });

  test("a session policy never adds to the role", async () => {
    const session = await leased(wide);
    await expect(session.send(new ScanCommand({ TableName: "orders" }))).rejects.toThrow(
      "because no identity-based policy allows the dynamodb:Scan action",
    );
    await expect(session.send(put)).rejects.toThrow("with an explicit deny in an identity-based policy");
  });

  test("a deny in the session policy wins over its own allow", async () => {
    const session = await leased(wide, {
      Sid: "NotThis",
      Effect: "Deny",
      Action: "dynamodb:Query",
      Resource: "*",
    });
    await expect(session.send(new QueryCommand(approved))).rejects.toThrow(
      "with an explicit deny in a session policy",
    );
    expect(aws.calls.query().at(-1)?.checks).toMatchObject([
      { decision: { allowed: false, denial: "explicit", layer: "session", statement: { Sid: "NotThis" } } },
    ]);
  });

  test("without a session policy the role alone decides: a broker that forgets it opens all reads", async () => {
    const session = dynamoDbOf(aws, await leaseOf(aws));
    const whole = new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-1" } } });
    await expect(session.send(whole)).resolves.toHaveProperty("Item.email");
    await expect(session.send(put)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test("a write that the role's backstop denies stays undone", async () => {
    const session = await leased(wide);
    for (const write of [
      new BatchWriteItemCommand({
        RequestItems: { orders: [{ DeleteRequest: { Key: { order_id: { S: "O-1" } } } }] },
      }),
      new DeleteItemCommand({ TableName: "orders", Key: { order_id: { S: "O-1" } } }),
    ] as const) {
      await expect(session.send(write as DeleteItemCommand)).rejects.toThrow("explicit deny");
    }
    const still = await dynamoDbOf(aws, aws.operator).send(
      new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-1" } } }),
    );
    expect(still.Item).toBeDefined();
  });

  test("ForAllValues without a Null guard lets a call without the key through, as at AWS", async () => {
    await using open = await startAws({
      users: [
        {
          name: "unguarded",
          policies: [
            {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: "dynamodb:*",
                  Resource: "*",
                  Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["O-1"] } },
                },
              ],
            },
          ],
        },
      ],
    });
    await seedFew(open);
    const { unguarded } = open.users;
    if (!unguarded) throw new Error("no such user");
    const client = dynamoDbOf(open, unguarded);
    await expect(client.send(new ScanCommand({ TableName: "orders" }))).resolves.toMatchObject({ Count: 3 });
    await expect(
      client.send(new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-2" } } })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

describe("what IAM sees of a request", () => {
  const operator = () => dynamoDbOf(aws, aws.operator);

  test("GetItem: its key, all attributes it names, and Select by its projection", async () => {
    await operator().send(new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-1" } } }));
    expect(lastContext()).toMatchObject({
      "dynamodb:LeadingKeys": ["O-1"],
      "dynamodb:Attributes": ["order_id"],
      "dynamodb:Select": "ALL_ATTRIBUTES",
      "dynamodb:ReturnConsumedCapacity": "NONE",
    });
    await operator().send(
      new GetItemCommand({
        TableName: "orders",
        Key: { order_id: { S: "O-1" } },
        ProjectionExpression: "email, total_cents",
        ReturnConsumedCapacity: "TOTAL",
      }),
    );
    expect(lastContext()).toMatchObject({
      "dynamodb:Attributes": ["email", "order_id", "total_cents"],
      "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
      "dynamodb:ReturnConsumedCapacity": "TOTAL",
    });
  });

  test("Query on a global index: the index's partition key", async () => {
    await operator().send(new QueryCommand(approved));
    expect(lastContext()).toMatchObject({
      "dynamodb:LeadingKeys": ["PAID"],
      "dynamodb:Attributes": ["order_id", "status", "total_cents", "updated_at"],
      "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
    });
    const { IndexName, TableName, KeyConditionExpression, ExpressionAttributeNames } = approved;
    await operator().send(
      new QueryCommand({
        IndexName,
        TableName,
        KeyConditionExpression,
        ExpressionAttributeNames,
        ExpressionAttributeValues: paid,
      }),
    );
    expect(lastContext()).toMatchObject({ "dynamodb:Select": "ALL_PROJECTED_ATTRIBUTES" });
  });

  test("Query on a local index: the table's partition key", async () => {
    await operator().send(
      new QueryCommand({
        TableName: "order_events",
        IndexName: "lsi-type",
        KeyConditionExpression: "order_id = :id AND event_type = :type",
        ExpressionAttributeValues: { ":id": { S: "O-1" }, ":type": { S: "paid" } },
      }),
    );
    expect(lastContext()).toMatchObject({
      "dynamodb:LeadingKeys": ["O-1"],
      "dynamodb:Attributes": ["event_type", "order_id"],
    });
  });

  test("BatchGetItem: one question per table with all its keys", async () => {
    await operator().send(
      new BatchGetItemCommand({
        RequestItems: {
          orders: {
            Keys: [{ order_id: { S: "O-1" } }, { order_id: { S: "O-2" } }],
            ProjectionExpression: "email",
          },
          order_events: { Keys: [{ order_id: { S: "O-1" }, event_at: { S: "t" } }] },
        },
      }),
    );
    expect(aws.calls.query().at(-1)?.checks).toMatchObject([
      {
        action: "dynamodb:BatchGetItem",
        resource: tableArn(aws, "orders"),
        context: {
          "dynamodb:LeadingKeys": ["O-1", "O-2"],
          "dynamodb:Attributes": ["email", "order_id"],
          "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        },
      },
      {
        resource: tableArn(aws, "order_events"),
        context: { "dynamodb:Attributes": ["event_at", "order_id"], "dynamodb:Select": "ALL_ATTRIBUTES" },
      },
    ]);
  });

  test("a Scan has no leading keys", async () => {
    await operator().send(
      new ScanCommand({
        TableName: "orders",
        FilterExpression: "order_id = :id",
        ExpressionAttributeValues: { ":id": { S: "O-1" } },
      }),
    );
    expect(lastContext()).not.toHaveProperty("dynamodb:LeadingKeys");
    expect(lastContext()).toMatchObject({ "dynamodb:Attributes": ["order_id"] });
  });

  test("UpdateItem: everything that it sets, reads and tests, and what it returns", async () => {
    await operator()
      .send(
        new UpdateItemCommand({
          TableName: "orders",
          Key: { order_id: { S: "O-1" } },
          UpdateExpression: "SET a = if_not_exists(b, :n) + c, d.e = :n REMOVE f ADD g :n",
          ConditionExpression: "attribute_exists(h) OR size(order_id) > :n",
          ExpressionAttributeValues: { ":n": { N: "1" } },
          ReturnValues: "UPDATED_NEW",
        }),
      )
      .catch(() => {});
    expect(lastContext()).toMatchObject({
      "dynamodb:LeadingKeys": ["O-1"],
      "dynamodb:Attributes": ["a", "b", "c", "d", "f", "g", "h", "order_id"],
      "dynamodb:ReturnValues": "UPDATED_NEW",
    });
  });

  test("a transaction: each item under its own action, with the enclosing operation", async () => {
    const client = dynamoDbOf(aws, aws.operator);
    const get = { TableName: "orders", Key: { order_id: { S: "O-1" } } };
    await client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: get }] })).catch(() => {});
    expect(aws.calls.query().at(-1)?.checks).toMatchObject([
      {
        action: "dynamodb:GetItem",
        context: { "dynamodb:LeadingKeys": ["O-1"], "dynamodb:EnclosingOperation": "TransactGetItems" },
      },
    ]);
  });

  test("PartiQL: actions of its own on the table or index it names", async () => {
    const client = dynamoDbOf(aws, aws.operator);
    for (const Statement of [
      `SELECT * FROM "orders"."gsi-status"`,
      `UPDATE orders SET a=1`,
      `INSERT INTO "orders" VALUE {}`,
    ]) {
      await client.send(new ExecuteStatementCommand({ Statement })).catch(() => {});
    }
    expect(
      aws.calls
        .query()
        .slice(-3)
        .flatMap((call) => call.checks),
    ).toMatchObject([
      { action: "dynamodb:PartiQLSelect", resource: tableArn(aws, "orders/index/gsi-status") },
      { action: "dynamodb:PartiQLUpdate", resource: tableArn(aws, "orders") },
      { action: "dynamodb:PartiQLInsert", resource: tableArn(aws, "orders") },
    ]);
  });
});

describe("the bot's own identity", () => {
  const broker = () => dynamoDbOf(aws, aws.broker);

  test("creates and uses its own table", async () => {
    await broker().send(
      new CreateTableCommand({
        TableName: "jit-requests-test",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    const item = { pk: { S: "R-1" }, version: { N: "1" } };
    await broker().send(new PutItemCommand({ TableName: "jit-requests-test", Item: item }));
    await expect(
      broker().send(
        new UpdateItemCommand({
          TableName: "jit-requests-test",
          Key: { pk: { S: "R-1" } },
          UpdateExpression: "SET version = :next",
          ConditionExpression: "version = :seen",
          ExpressionAttributeValues: { ":next": { N: "3" }, ":seen": { N: "2" } },
        }),
      ),
    ).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    expect(aws.calls.query().at(-1)).toMatchObject({
      access: "allowed",
      error: { code: "ConditionalCheckFailedException" },
    });
  });

  test("can't read the data that it hands out access to", async () => {
    await expect(broker().send(new QueryCommand(approved))).rejects.toThrow(
      "because no identity-based policy allows the dynamodb:Query action",
    );
  });

  test("can't empty or drop its own table", async () => {
    const Key = { pk: { S: "R-1" } };
    await expect(
      broker().send(new DeleteItemCommand({ TableName: "jit-requests-test", Key })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(broker().send(new ScanCommand({ TableName: "jit-requests-test" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});
