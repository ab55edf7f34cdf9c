import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DynamoDbCall, UpdateItemRequest } from "../../src/dynamodb/requests.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { explainPolicy } from "../../src/iam/explain-policy.ts";
import { checkPolicyFits, leasePolicy, withExpiry } from "../../src/iam/lease-policy.ts";
import type { PolicyDocument, Statement } from "../../src/iam/policy-document.ts";
import { proveSessionPolicy } from "../../src/iam/prove-session-policy.ts";
import { plannedWrite } from "../../src/runbook/plan-write.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, leaseOf, seedFew } from "../sandbox/aws/clients.ts";
import { schemas, target } from "./planned-calls.ts";

const update: UpdateItemRequest = {
  TableName: "orders",
  Key: { order_id: { S: "O-1" } },
  UpdateExpression: "SET country = :to",
  ConditionExpression: "attribute_exists(order_id) AND country = :from",
  ExpressionAttributeValues: { ":to": { S: "FR" }, ":from": { S: "DE" } },
  ReturnValues: "UPDATED_NEW",
};
const write = { action: "dynamodb:UpdateItem" as const, request: update };
const ordersSchema = schemas["orders"];
if (!ordersSchema) throw new Error("no orders");
const { look } = plannedWrite(write, ordersSchema);
const scan: DynamoDbCall = {
  action: "dynamodb:Scan",
  request: {
    TableName: "orders",
    ProjectionExpression: "order_id, country",
    Select: "SPECIFIC_ATTRIBUTES",
    Limit: 10,
  },
};
const now = new Date("2026-11-21T02:26:10Z");
const expiresAt = new Date("2026-11-21T02:31:10Z");

function prove(calls: readonly DynamoDbCall[], policy: PolicyDocument) {
  return proveSessionPolicy({
    calls,
    schemas,
    target,
    policy,
    expiresAt,
    now,
  });
}

describe("the session policy of a write", () => {
  const calls = [write, look];
  const policy = compileSessionPolicy({ calls, schemas, target });

  test("allows the write and the look, each of one item and named attributes, and fits", () => {
    expect(policy.Statement.map(({ Action, Condition }) => [Action, Condition?.["StringEquals"]])).toEqual([
      ["dynamodb:UpdateItem", { "dynamodb:ReturnValues": "UPDATED_NEW", "aws:RequestedRegion": "eu-west-1" }],
      ["dynamodb:GetItem", { "dynamodb:Select": "SPECIFIC_ATTRIBUTES", "aws:RequestedRegion": "eu-west-1" }],
    ]);
    expect(checkPolicyFits(policy).characters).toBeLessThan(1_300);
    expect(explainPolicy(policy)[0]).toBe(
      "May UpdateItem table orders in eu-west-1, partition O-1 only, naming only attributes country, order_id, returning only what it wrote.",
    );
  });

  test("is proven to deny every other write", () => {
    const proof = prove(calls, withExpiry(policy, expiresAt));
    expect(proof.proven ? [] : proof.failures).toEqual([]);
    const mutations = proof.proven
      ? proof.checks.flatMap(({ call, mutation }) => (call.startsWith("1") ? [mutation] : []))
      : [];
    expect(mutations).toEqual(
      expect.arrayContaining([
        "another partition",
        "one more attribute",
        "no attribute named",
        "returning ALL_OLD",
        "returning ALL_NEW",
        "no returned values named",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLUpdate",
        "Scan",
      ]),
    );
  });

  test.each<[string, (statement: Statement) => Statement]>([
    ["another action", (s) => ({ ...s, Action: "dynamodb:PutItem" })],
    ["one more partition", (s) => withList(s, "dynamodb:LeadingKeys", ["O-1", "O-2"])],
    ["one more attribute", (s) => withList(s, "dynamodb:Attributes", ["country", "order_id", "note"])],
    [
      "whatever it returns",
      (s) => ({ ...s, Condition: { ...s.Condition, StringEquals: { "aws:RequestedRegion": "eu-west-1" } } }),
    ],
    ["no guard", (s) => ({ ...s, Condition: { ...s.Condition, Null: {} } })],
  ])("is refused when widened to %s", (_, widen) => {
    const [first, ...rest] = withExpiry(policy, expiresAt).Statement;
    if (!first) throw new Error("no statement");
    expect(prove(calls, { ...policy, Statement: [widen(first), ...rest] }).proven).toBe(false);
  });
});

describe("the session policy of a Scan", () => {
  const policy = compileSessionPolicy({ calls: [scan], schemas, target });

  test("names attributes and no partition, since IAM has none for it, and is proven", () => {
    expect(JSON.stringify(policy)).not.toContain("LeadingKeys");
    const proof = prove([scan], withExpiry(policy, expiresAt));
    expect(proof.proven ? [] : proof.failures).toEqual([]);
    expect(explainPolicy(policy)[0]).toContain(
      "May Scan table orders in eu-west-1, any partition, reading only attributes",
    );
  });
});

function withList(statement: Statement, key: string, values: string[]): Statement {
  const lists = statement.Condition?.["ForAllValues:StringEquals"] ?? {};
  return {
    ...statement,
    Condition: { ...statement.Condition, "ForAllValues:StringEquals": { ...lists, [key]: values } },
  };
}

describe("at the gateway, which reads requests by itself", () => {
  let aws: AwsPeer;
  let writer: DynamoDBClient;
  let scanner: DynamoDBClient;
  beforeAll(async () => {
    aws = await startAws();
    await seedFew(aws);
    await dynamoDbOf(aws, aws.operator).send(
      new UpdateItemCommand({
        TableName: "orders",
        Key: { order_id: { S: "O-1" } },
        UpdateExpression: "SET country = :from",
        ExpressionAttributeValues: { ":from": { S: "DE" } },
      }),
    );
    const lease = async (calls: DynamoDbCall[], role: string) =>
      dynamoDbOf(
        aws,
        await leaseOf(aws, {
          RoleArn: aws.dataRoleArn.replace(/[^/]+$/, role),
          Policy: leasePolicy(
            compileSessionPolicy({ calls, schemas, target: { account: aws.account, region: aws.region } }),
            new Date(Date.now() + 60_000),
          ),
        }),
      );
    writer = await lease([write, look], "jit-data-dynamodb-write");
    scanner = await lease([scan], "jit-data-dynamodb-scan");
  });
  afterAll(() => aws?.[Symbol.asyncDispose]());

  const denied = { name: "AccessDeniedException" };
  const input = update as UpdateItemCommandInput;

  test.each<[string, Partial<UpdateItemCommandInput>]>([
    ["of another key", { Key: { order_id: { S: "O-2" } } }],
    ["of another attribute", { UpdateExpression: "SET country = :to, email = :from" }],
    [
      "by the value of another attribute",
      {
        UpdateExpression: "SET country = email",
        ConditionExpression: undefined,
        ExpressionAttributeValues: undefined,
      },
    ],
    [
      "on a condition over another attribute",
      { ConditionExpression: "country = :from AND attribute_exists(email)" },
    ],
    ["that returns the whole item", { ReturnValues: "ALL_OLD" }],
    ["that says nothing of what it returns", { ReturnValues: undefined }],
    [
      "in the old form",
      {
        UpdateExpression: undefined,
        ConditionExpression: undefined,
        ExpressionAttributeValues: undefined,
        AttributeUpdates: { email: { Action: "PUT", Value: { S: "x" } } },
      },
    ],
  ])("a write %s is denied", async (_, change) => {
    await expect(writer.send(new UpdateItemCommand({ ...input, ...change }))).rejects.toMatchObject(denied);
  });

  test("other ways to write or read are denied", async () => {
    const Key = update.Key as UpdateItemCommandInput["Key"];
    const TableName = "orders";
    await expect(
      writer.send(new PutItemCommand({ TableName, Item: { order_id: { S: "O-1" }, country: { S: "FR" } } })),
    ).rejects.toMatchObject(denied);
    await expect(writer.send(new DeleteItemCommand({ TableName, Key }))).rejects.toMatchObject(denied);
    await expect(writer.send(new GetItemCommand({ TableName, Key }))).rejects.toMatchObject(denied);
    await expect(
      writer.send(new ScanCommand({ TableName, ProjectionExpression: "country" })),
    ).rejects.toMatchObject(denied);
    await expect(
      writer.send(new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key } }] })),
    ).rejects.toMatchObject(denied);
  });

  test("the planned write and its look are allowed", async () => {
    const { Item } = await writer.send(
      new GetItemCommand(
        look.request as { TableName: string; Key: NonNullable<UpdateItemCommandInput["Key"]> },
      ),
    );
    const from = Item?.["country"]?.S ?? "";
    const done = await writer.send(
      new UpdateItemCommand({
        ...input,
        ExpressionAttributeValues: { ":to": { S: "FR" }, ":from": { S: from } },
      }),
    );
    expect(done.Attributes).toEqual({ country: { S: "FR" } });
  });

  test("a Scan reads what it names and nothing more", async () => {
    const { Items = [] } = await scanner.send(
      new ScanCommand({ ...scan.request, Select: "SPECIFIC_ATTRIBUTES" } as never),
    );
    expect(Items.length).toBeGreaterThan(1);
    await expect(
      scanner.send(new ScanCommand({ TableName: "orders", ProjectionExpression: "email" })),
    ).rejects.toMatchObject(denied);
    await expect(scanner.send(new ScanCommand({ TableName: "orders" }))).rejects.toMatchObject(denied);
    await expect(
      scanner.send(
        new QueryCommand({
          TableName: "orders",
          KeyConditionExpression: "order_id = :id",
          ExpressionAttributeValues: { ":id": { S: "O-1" } },
          ProjectionExpression: "country",
        }),
      ),
    ).rejects.toMatchObject(denied);
  });
});
