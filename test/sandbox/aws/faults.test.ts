import { DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, seedFew, stsOf } from "./clients.ts";

const list = (aws: AwsPeer) => dynamoDbOf(aws, aws.operator).send(new ListTablesCommand());
const patient = (aws: AwsPeer) =>
  new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator, maxAttempts: 3 });

test("a throttled call is refused under each service's own name", async () => {
  await using aws = await startAws();
  aws.faults.add({ effect: { kind: "throttle" } });
  await expect(list(aws)).rejects.toMatchObject({ name: "ThrottlingException" });
  await expect(stsOf(aws, aws.operator).send(new GetCallerIdentityCommand())).rejects.toMatchObject({
    name: "Throttling",
  });
  aws.faults.clear();
  await expect(list(aws)).resolves.toBeDefined();
});

test("a counted fault ends by itself, so that the SDK's retries get through", async () => {
  await using aws = await startAws();
  aws.faults.add({ service: "dynamodb", operation: "ListTables", times: 2, effect: { kind: "internal" } });
  await expect(patient(aws).send(new ListTablesCommand())).resolves.toMatchObject({
    $metadata: { attempts: 3 },
  });
  expect(aws.faults.list()).toEqual([]);
  expect(aws.calls.query().map(({ status, fault, access }) => ({ status, fault, access }))).toEqual([
    { status: 500, fault: "internal", access: "unchecked" },
    { status: 500, fault: "internal", access: "unchecked" },
    { status: 200, fault: undefined, access: "allowed" },
  ]);
});

test("a fault touches only the operation it names", async () => {
  await using aws = await startAws();
  aws.faults.add({
    service: "dynamodb",
    operation: "GetItem",
    effect: { kind: "error", code: "ProvisionedThroughputExceededException", message: "slow down" },
  });
  await expect(list(aws)).resolves.toBeDefined();
  await expect(
    dynamoDbOf(aws, aws.operator).send(new GetItemCommand({ TableName: "orders", Key: { a: { S: "b" } } })),
  ).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException", message: "slow down" });
});

test.each([
  { when: "before", done: false },
  { when: "after", done: true },
] as const)("a connection cut $when execution leaves the write done: $done", async ({ when, done }) => {
  await using aws = await startAws();
  await seedFew(aws);
  const client = dynamoDbOf(aws, aws.operator);
  aws.faults.add({ operation: "PutItem", times: 1, effect: { kind: "reset", when } });
  const put = new PutItemCommand({ TableName: "orders", Item: { order_id: { S: "O-77" } } });
  await expect(client.send(put)).rejects.toMatchObject({ code: "ECONNRESET" });
  const { Item } = await client.send(
    new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-77" } } }),
  );
  expect(Item !== undefined).toBe(done);
  expect(aws.calls.query({ operation: "PutItem" }).at(-1)).toMatchObject({ fault: "reset" });
});

test("a call that hangs is answered never, and doesn't hold up the peer's end", async () => {
  const aws = await startAws();
  aws.faults.add({ effect: { kind: "hang", when: "before" } });
  const hanging = list(aws);
  hanging.catch(() => {});
  const call = await aws.calls.waitForCall(({ operation }) => operation === "ListTables");
  expect(call).toMatchObject({ fault: "hang", access: "unchecked" });
  expect(call).not.toHaveProperty("status");
  await aws[Symbol.asyncDispose]();
  await expect(hanging).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("latency is added before anything else and shows in the record", async () => {
  await using aws = await startAws();
  aws.faults.add({ operation: "ListTables", effect: { kind: "latency", latencyMs: 60 } });
  await list(aws);
  expect(aws.calls.query().at(-1)?.latencyMs).toBeGreaterThanOrEqual(58);
});

test("down means no connection, up means back on the same address", async () => {
  await using aws = await startAws();
  const client = dynamoDbOf(aws, aws.operator);
  await client.send(new ListTablesCommand());
  aws.faults.down();
  await expect(client.send(new ListTablesCommand())).rejects.toMatchObject({ code: "ECONNRESET" });
  aws.faults.up();
  await expect(client.send(new ListTablesCommand())).resolves.toBeDefined();
});
