import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { AssumeRoleCommand, STSClient, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import type { PolicyDocument, Statement } from "../../../src/iam/policy-document.ts";
import type { AwsKeys } from "../../../src/sandbox/aws/identities.ts";
import type { AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { orderEventsTable, ordersTable } from "../../../src/sandbox/seed/tables.ts";

type Keys = AwsKeys & { sessionToken?: string };

/** The official clients, without retries: each test sees the peer's first answer. */
export function stsOf(aws: AwsPeer, credentials: Keys, region = aws.region): STSClient {
  return new STSClient({ endpoint: aws.url, region, credentials, maxAttempts: 1 });
}

export function dynamoDbOf(aws: AwsPeer, credentials: Keys, region = aws.region): DynamoDBClient {
  return new DynamoDBClient({ endpoint: aws.url, region, credentials, maxAttempts: 1 });
}

/** What the bot sends for each run; tests change one thing of it. */
export function leaseInput(
  aws: AwsPeer,
  changes: Partial<AssumeRoleCommandInput> = {},
): AssumeRoleCommandInput {
  return {
    RoleArn: aws.dataRoleArn,
    RoleSessionName: "R-1.1",
    ExternalId: aws.externalId,
    SourceIdentity: "U0ONCALL",
    DurationSeconds: 900,
    Tags: [
      { Key: "grant", Value: "R-1" },
      { Key: "runbook", Value: "orders-by-status" },
      { Key: "version", Value: "1" },
    ],
    ...changes,
  };
}

export async function leaseOf(
  aws: AwsPeer,
  changes: Partial<AssumeRoleCommandInput> = {},
): Promise<Required<Keys>> {
  const { Credentials } = await stsOf(aws, aws.broker).send(new AssumeRoleCommand(leaseInput(aws, changes)));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
}

export function policyOf(...Statement: Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement } satisfies PolicyDocument);
}

export function tableArn(aws: AwsPeer, path: string, region = aws.region): string {
  return `arn:aws:dynamodb:${region}:${aws.account}:table/${path}`;
}

/** Two tables with three orders, put there by the operator. */
export async function seedFew(aws: AwsPeer): Promise<void> {
  const operator = dynamoDbOf(aws, aws.operator);
  await operator.send(new CreateTableCommand(ordersTable));
  await operator.send(new CreateTableCommand(orderEventsTable));
  for (const [order, customer, status] of [
    ["O-1", "C-1", "PAID"],
    ["O-2", "C-2", "PAID"],
    ["O-3", "C-1", "SHIPPED"],
  ] as const) {
    await operator.send(
      new PutItemCommand({
        TableName: "orders",
        Item: {
          order_id: { S: order },
          customer_id: { S: customer },
          status: { S: status },
          created_at: { S: `2026-11-21T01:00:0${order.at(-1)}Z` },
          updated_at: { S: `2026-11-21T02:00:0${order.at(-1)}Z` },
          email: { S: `customer-${customer}@example.com` },
          total_cents: { N: "499" },
        },
      }),
    );
  }
  operator.destroy();
}
