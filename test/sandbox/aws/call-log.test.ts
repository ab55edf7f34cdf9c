import { DynamoDBClient, GetItemCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { startAws } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, leaseOf, policyOf, seedFew, tableArn } from "./clients.ts";

test("a call's record says who asked what of which resource, and what decided", async () => {
  await using aws = await startAws();
  await seedFew(aws);
  const allowing = {
    Sid: "OneOrder",
    Effect: "Allow",
    Action: "dynamodb:GetItem",
    Resource: tableArn(aws, "orders"),
  } as const;
  const lease = await leaseOf(aws, { Policy: policyOf(allowing) });
  const client = new DynamoDBClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: lease,
    userAgentAppId: "jit-runbooks",
    customUserAgent: [["grant", "R-1"]],
  });
  const request = { TableName: "orders", Key: { order_id: { S: "O-1" } } };
  await client.send(new GetItemCommand(request));
  expect(aws.calls.query({ sessionName: "R-1.1" })).toMatchObject([
    {
      service: "dynamodb",
      operation: "GetItem",
      region: "eu-west-1",
      principalArn: "arn:aws:sts::111122223333:assumed-role/jit-data-dynamodb-read/R-1.1",
      accessKeyId: lease.accessKeyId,
      sourceIdentity: "U0ONCALL",
      tags: { grant: "R-1", runbook: "orders-by-status", version: "1" },
      resources: [tableArn(aws, "orders")],
      request,
      access: "allowed",
      status: 200,
      userAgent: expect.stringMatching(/app\/jit-runbooks.*grant\/R-1|grant\/R-1.*app\/jit-runbooks/),
      checks: [
        {
          action: "dynamodb:GetItem",
          decision: {
            allowed: true,
            statements: [
              { layer: "identity", statement: { Sid: "Reads" } },
              { layer: "session", statement: { Sid: "OneOrder" } },
            ],
          },
        },
      ],
    },
  ]);
  expect(aws.calls.query({ operation: "AssumeRole" })).toMatchObject([
    { issued: { accessKeyId: lease.accessKeyId }, request: { RoleSessionName: "R-1.1" } },
  ]);
});

test("no secret key, token or signature is ever recorded", async () => {
  await using aws = await startAws();
  const lease = await leaseOf(aws);
  await dynamoDbOf(aws, lease)
    .send(new ListTablesCommand())
    .catch(() => {});
  const wrong = { ...aws.operator, secretAccessKey: "wrong-secret-key" };
  await dynamoDbOf(aws, wrong)
    .send(new ListTablesCommand())
    .catch(() => {});
  const recorded = JSON.stringify(aws.calls.query());
  for (const secret of [
    lease.secretAccessKey,
    lease.sessionToken,
    aws.broker.secretAccessKey,
    aws.operator.secretAccessKey,
    "Signature=",
  ]) {
    expect(recorded).not.toContain(secret);
  }
});

test("a caller whose signature isn't taken is nobody in the record", async () => {
  await using aws = await startAws();
  await dynamoDbOf(aws, { ...aws.operator, secretAccessKey: "wrong" })
    .send(new ListTablesCommand())
    .catch(() => {});
  const [call] = aws.calls.query();
  expect(call).toMatchObject({
    access: "unauthenticated",
    accessKeyId: aws.operator.accessKeyId,
    checks: [],
  });
  expect(call).not.toHaveProperty("principalArn");
});

test("waiting for a call returns one that came already or comes in time, and else says what came", async () => {
  await using aws = await startAws();
  const isList = (call: { operation: string }) => call.operation === "ListTables";
  const coming = aws.calls.waitForCall(isList);
  await dynamoDbOf(aws, aws.operator).send(new ListTablesCommand());
  expect(await coming).toBe(await aws.calls.waitForCall(isList));
  await expect(aws.calls.waitForCall((call) => call.operation === "Scan", 20)).rejects.toThrow(
    "dynamodb:ListTables on * by user/jit-operator allowed",
  );
});

test("a query for later calls takes up where the last one ended", async () => {
  await using aws = await startAws();
  const client = dynamoDbOf(aws, aws.operator);
  await client.send(new ListTablesCommand());
  const seen = aws.calls.query().at(-1)?.id ?? 0;
  await client.send(new ListTablesCommand({ Limit: 5 }));
  expect(aws.calls.query({ after: seen })).toMatchObject([{ request: { Limit: 5 } }]);
});
