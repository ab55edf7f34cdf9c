import { GetQueryResultsCommand, StopQueryExecutionCommand } from "@aws-sdk/client-athena";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PolicyDocument, Statement } from "../../../src/iam/policy-document.ts";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { leaseInput } from "../aws/clients.ts";
import { athenaOf, clockOffset, ended, execution, start, until } from "./queries.ts";

const now = new Date("2026-11-21T04:37:00Z");
const oneDay =
  "SELECT eventid FROM cloudtrail_logs WHERE account = '111122223333' AND region = 'eu-west-1' AND day = '2026/11/20'";
const inADay = "arn:aws:s3:::org-trail-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/*";

let aws: AwsPeer;

beforeAll(async () => {
  aws = await startAws({ now: () => now });
});
beforeEach(() => aws.calls.clear());
afterAll(() => aws[Symbol.asyncDispose]());

/** What a compiled policy for one day of one account looks like; tests change one thing of it. */
function statements(expiresAt = "2026-11-21T04:50:00Z"): Statement[] {
  const expiry = { DateLessThan: { "aws:CurrentTime": expiresAt } };
  const viaAthena = { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" }, ...expiry };
  const glue = "arn:aws:glue:eu-west-1:111122223333";
  return [
    {
      Effect: "Allow",
      Action: ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
      Resource: "arn:aws:athena:eu-west-1:111122223333:workgroup/jit-cloudtrail",
    },
    {
      Effect: "Allow",
      Action: ["glue:GetDatabase", "glue:GetTable"],
      Resource: [`${glue}:catalog`, `${glue}:database/audit`, `${glue}:table/audit/cloudtrail_logs`],
      Condition: viaAthena,
    },
    {
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:GetBucketLocation"],
      Resource: "arn:aws:s3:::org-trail-logs",
      Condition: viaAthena,
    },
    { Effect: "Allow", Action: "s3:GetObject", Resource: inADay, Condition: viaAthena },
  ];
}

/** An Athena client with a session of the query role under these statements. */
async function leased(policy: Statement[] = statements()) {
  const sts = new STSClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: aws.broker,
    systemClockOffset: clockOffset(aws),
  });
  const document: PolicyDocument = { Version: "2012-10-17", Statement: policy };
  const { Credentials } = await sts.send(
    new AssumeRoleCommand(leaseInput(aws, { RoleArn: aws.athenaRoleArn, Policy: JSON.stringify(document) })),
  );
  sts.destroy();
  const keys = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  const athena = athenaOf(aws, keys);
  return { athena, keys, [Symbol.dispose]: () => athena.destroy() };
}

async function reasonOf(athena: ReturnType<typeof athenaOf>, sql: string): Promise<string> {
  const Status = await failureOf(athena, sql);
  return Status?.StateChangeReason ?? "";
}

async function failureOf(athena: ReturnType<typeof athenaOf>, sql: string) {
  const { Status } = await ended(athena, await start(athena, sql));
  expect(Status?.State).toBe("FAILED");
  return Status;
}

describe("a session policy for one day", () => {
  test("runs a query that stays in that day, and Athena reads nothing else", async () => {
    using session = await leased();
    const { Status } = await ended(session.athena, await start(session.athena, oneDay));
    expect(Status).toMatchObject({ State: "SUCCEEDED" });
    const read = aws.calls.query({ service: "s3", operation: "GetObject" });
    expect(read.length).toBeGreaterThan(0);
    expect(read.every(({ resources }) => resources[0]?.startsWith(inADay.replace("*", "")))).toBe(true);
  });

  test.each([
    ["another day", oneDay.replace("2026/11/20", "2026/11/19")],
    ["another account", oneDay.replace("111122223333", "444455556666")],
    ["no predicate on the day", oneDay.replace("AND day = '2026/11/20'", "")],
    ["a predicate that holds for another day too", `${oneDay} OR day = '2026/11/19'`],
    [
      "a second reading of the table without predicate",
      `${oneDay} UNION ALL SELECT eventid FROM cloudtrail_logs`,
    ],
    ["a subquery without predicate", `${oneDay} AND eventid IN (SELECT eventid FROM cloudtrail_logs)`],
  ])("fails a query with %s", async (_, sql) => {
    using session = await leased();
    expect(await reasonOf(session.athena, sql)).toMatch(
      /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/org-trail-logs\/AWSLogs\/.* because no session policy allows the s3:GetObject action$/u,
    );
  });

  test("does not open another table, behind a WITH of the same name either", async () => {
    using session = await leased();
    const denied =
      /^Insufficient permissions .* glue:GetDatabase on resource: arn:aws:glue:eu-west-1:111122223333:database\/crm /u;
    expect(await reasonOf(session.athena, "SELECT email FROM crm.customers")).toMatch(denied);
    const hidden =
      "WITH customers AS (SELECT 1 AS n) SELECT n FROM customers UNION ALL SELECT count(*) FROM crm.customers";
    expect(await reasonOf(session.athena, hidden)).toMatch(denied);
  });

  test("is told as a user's error of the types that Athena's catalog has for permissions", async () => {
    using session = await leased();
    const glue = await failureOf(session.athena, "SELECT email FROM crm.customers");
    expect(glue?.AthenaError).toMatchObject({ ErrorCategory: 2, ErrorType: 1500, Retryable: false });
    expect(glue?.StateChangeReason).toMatch(
      / \(Service: AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/u,
    );
    const s3 = await failureOf(session.athena, oneDay.replace("2026/11/20", "2026/11/19"));
    expect(s3?.AthenaError).toMatchObject({ ErrorCategory: 2, ErrorType: 1501, Retryable: false });
  });

  test("does not change the catalogue", async () => {
    using session = await leased();
    expect(await reasonOf(session.athena, "CREATE TABLE audit.mine AS SELECT 1 AS one")).toContain(
      "glue:CreateTable",
    );
    expect(
      await reasonOf(session.athena, "UNLOAD (SELECT 1) TO 's3://elsewhere/' WITH (format = 'JSON')"),
    ).toContain("s3:PutObject");
  });

  test("is judged with CalledVia and without the caller's address", async () => {
    using session = await leased();
    await ended(session.athena, await start(session.athena, oneDay));
    const [listing] = aws.calls.query({ service: "s3", operation: "ListObjects" });
    expect(listing?.checks[0]).toMatchObject({
      action: "s3:ListBucket",
      context: { "aws:CalledVia": ["athena.amazonaws.com"], "aws:ViaAWSService": "true" },
    });
    expect(listing?.checks[0]?.context).not.toHaveProperty("aws:SourceIp");
  });

  test("without CalledVia in what is asked for, still only serves calls through Athena", async () => {
    const direct = statements().map((statement) => ({
      ...statement,
      ...(statement.Condition && { Condition: { StringNotEquals: { "aws:ViaAWSService": "true" } } }),
    }));
    using session = await leased(direct);
    expect(await reasonOf(session.athena, oneDay)).toContain("Insufficient permissions");
  });

  test("opens its own workgroup only, to others' results too", async () => {
    using session = await leased();
    await expect(start(session.athena, "SELECT 1", { WorkGroup: "jit-adhoc" })).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("workgroup/jit-adhoc because no session policy allows"),
    });
    const operator = athenaOf(aws);
    const id = await start(operator, "SELECT 1 AS one", { WorkGroup: "jit-adhoc" });
    await ended(operator, id);
    await expect(
      session.athena.send(new GetQueryResultsCommand({ QueryExecutionId: id })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
    operator.destroy();
  });

  test("can't stop a query unless it says so", async () => {
    using session = await leased();
    using _held = aws.athena.pace.hold("queued");
    const id = await start(session.athena, oneDay);
    await expect(
      session.athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

describe("results in a bucket of one's own", () => {
  const athena = {
    workGroups: [{ name: "jit-own", managedResults: false, outputLocation: "s3://query-results/jit" }],
  };
  const wide: Statement[] = [{ Effect: "Allow", Action: ["athena:*", "glue:*", "s3:*"], Resource: "*" }];

  test("are written and read with the query role's own rights", async () => {
    await using peer = await startAws({ now: () => now, athena });
    aws = peer;
    using session = await leased(wide);
    const id = await start(session.athena, "SELECT 1 AS one", { WorkGroup: "jit-own" });
    expect((await ended(session.athena, id)).Status).toMatchObject({ State: "SUCCEEDED" });
    await expect(
      session.athena.send(new GetQueryResultsCommand({ QueryExecutionId: id })),
    ).resolves.toBeDefined();
    const [put] = peer.calls.query({ service: "s3", operation: "PutObject" });
    expect(put?.resources).toEqual([`arn:aws:s3:::query-results/jit/${id}.csv`]);
  });

  test("lie where the workgroup has them, and the query role writes nowhere else", async () => {
    await using peer = await startAws({
      now: () => now,
      athena: {
        workGroups: [...athena.workGroups, { name: "jit-open", managedResults: false, enforced: false }],
      },
    });
    aws = peer;
    using session = await leased(wide);
    const id = await start(session.athena, "SELECT 1 AS one", {
      WorkGroup: "jit-open",
      ResultConfiguration: { OutputLocation: "s3://somebody-elses/" },
    });
    expect((await ended(session.athena, id)).Status).toMatchObject({
      State: "FAILED",
      StateChangeReason: expect.stringContaining(
        "because no identity-based policy allows the s3:PutObject action",
      ),
    });
  });

  test("need the right to write there, and to read them", async () => {
    await using peer = await startAws({ now: () => now, athena });
    aws = peer;
    using reader = await leased([
      { Effect: "Allow", Action: ["athena:*", "glue:*", "s3:Get*", "s3:List*"], Resource: "*" },
    ]);
    const id = await start(reader.athena, "SELECT 1 AS one", { WorkGroup: "jit-own" });
    expect((await ended(reader.athena, id)).Status).toMatchObject({
      State: "FAILED",
      StateChangeReason: expect.stringContaining("because no session policy allows the s3:PutObject action"),
    });

    const operator = athenaOf(peer);
    const theirs = await start(operator, "SELECT 1 AS one", { WorkGroup: "jit-own" });
    await ended(operator, theirs);
    using narrow = await leased([{ Effect: "Allow", Action: "athena:*", Resource: "*" }]);
    await expect(
      narrow.athena.send(new GetQueryResultsCommand({ QueryExecutionId: theirs })),
    ).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("s3:GetObject"),
    });
    operator.destroy();
  });
});

describe("a query that outlives its policy", () => {
  test("fails half-way, with what was read until then", async () => {
    await using peer = await startAws({ now: () => now });
    aws = peer;
    using session = await leased();
    using held = peer.athena.pace.hold("running");
    const id = await start(session.athena, oneDay);
    await peer.calls.waitForCall(({ operation }) => operation === "GetObject");
    expect((await until(session.athena, id, "RUNNING")).Statistics?.DataScannedInBytes).toBeGreaterThan(0);
    peer.clock.advance(14 * 60_000);
    held.letGo();
    const operator = athenaOf(peer);
    const { Status } = await ended(operator, id);
    expect(Status).toMatchObject({
      State: "FAILED",
      StateChangeReason: expect.stringContaining("no session policy allows the s3:GetObject action"),
      AthenaError: { ErrorCategory: 2, Retryable: false },
    });
    expect((await execution(operator, id)).Status?.State).toBe("FAILED");
    operator.destroy();
  });
});

describe("forwarded calls", () => {
  test("stand in the call log with the session and Athena as invoker", async () => {
    await using peer = await startAws({ now: () => now });
    aws = peer;
    using session = await leased();
    await ended(session.athena, await start(session.athena, oneDay));
    const forwarded = peer.calls
      .query({ accessKeyId: session.keys.accessKeyId })
      .filter(({ invokedBy }) => invokedBy);
    expect(new Set(forwarded.map(({ service, operation }) => `${service}:${operation}`))).toEqual(
      new Set([
        "glue:GetDatabase",
        "glue:GetTable",
        "s3:GetBucketLocation",
        "s3:ListObjects",
        "s3:GetObject",
      ]),
    );
    expect(
      forwarded.every(
        (call) =>
          call.invokedBy === "athena.amazonaws.com" &&
          call.sessionName === "R-1.1" &&
          call.sourceIdentity === "U0ONCALL" &&
          call.access === "allowed",
      ),
    ).toBe(true);
  });
});
