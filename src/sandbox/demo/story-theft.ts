import {
  type AttributeValue,
  DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { Sandbox } from "../start-sandbox.ts";
import { type Asked } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** e) Somebody gets hold of a run's credentials. Before its end they can repeat the approved query and nothing else; after it, nothing. */
export async function theft(sandbox: Sandbox, told: Told, asked: Asked): Promise<() => Promise<void>> {
  const { aws } = sandbox;
  const made = await aws.calls.waitForCall(
    (call) => call.operation === "AssumeRole" && issuedFor(call, asked),
  );
  const keys = aws.stolenKeys(made.issued?.accessKeyId ?? "");
  if (!keys) throw new Error(`No session was made for ${asked.requestId}`);
  const client = new DynamoDBClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: keys,
    maxAttempts: 1,
  });
  const query = approvedQuery(sandbox, asked);
  told.say("thief", `holds the credentials of session ${made.issued?.arn.split("/").at(-1)}`);

  const attempts: [string, () => Promise<unknown>, boolean][] = [
    ["repeats the approved query", () => client.send(new QueryCommand(query)), true],
    [
      "asks for another partition (SHIPPED)",
      () => client.send(new QueryCommand(withStatus(query, "SHIPPED"))),
      false,
    ],
    [
      "asks for another attribute (email)",
      () =>
        client.send(
          new QueryCommand({ ...query, ProjectionExpression: `${query.ProjectionExpression}, email` }),
        ),
      false,
    ],
    ["asks for the table instead of the index", () => client.send(new QueryCommand(onTable(query))), false],
    ["scans the table", () => client.send(new ScanCommand({ TableName: "orders" })), false],
  ];
  for (const [what, attempt, wanted] of attempts) await check(told, what, attempt, wanted);

  return async () => {
    await check(
      told,
      "repeats the approved query after the end",
      () => client.send(new QueryCommand(query)),
      false,
    );
    client.destroy();
  };
}

async function check(
  told: Told,
  what: string,
  attempt: () => Promise<unknown>,
  wanted: boolean,
): Promise<void> {
  const refusal = await attempt().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  told.say("thief", what);
  const asExpected = wanted ? refusal === undefined : refusal?.name === "AccessDeniedException";
  const answer = refusal
    ? `${refusal.name}: ${refusal.message}`
    : "allowed: it is what was approved, and its end is seconds away";
  told.check("AWS", answer, asExpected);
}

function issuedFor(call: { issued?: { arn: string } }, { requestId }: Asked): boolean {
  return call.issued?.arn.endsWith(`/jit-${requestId}-1`) === true;
}

function approvedQuery(
  { aws }: Sandbox,
  { requestId }: Asked,
): QueryCommandInput & { ExpressionAttributeValues: Record<string, AttributeValue> } {
  const [call] = aws.calls
    .query({ operation: "Query" })
    .filter((one) => one.sessionName === `jit-${requestId}-1`);
  return call?.request as QueryCommandInput & { ExpressionAttributeValues: Record<string, AttributeValue> };
}

function withStatus<T extends { ExpressionAttributeValues: Record<string, AttributeValue> }>(
  query: T,
  status: string,
): T {
  return {
    ...query,
    ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ":status": { S: status } },
  };
}

function onTable(query: QueryCommandInput): QueryCommandInput {
  return {
    TableName: "orders",
    KeyConditionExpression: "order_id = :id",
    ExpressionAttributeValues: { ":id": { S: "O-00000001" } },
    ProjectionExpression: "order_id",
    Select: "SPECIFIC_ATTRIBUTES",
    ...(query.Limit === undefined ? {} : { Limit: query.Limit }),
  };
}
