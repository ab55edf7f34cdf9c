import { StopQueryExecutionCommand } from "@aws-sdk/client-athena";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { leasePolicy } from "../../src/iam/lease-policy.ts";
import type { PlannedCalls } from "../../src/iam/planned-calls.ts";
import { brokerTrust } from "../../src/sandbox/aws/default-identities.ts";
import { startAws, type AwsPeer } from "../../src/sandbox/aws/start-aws.ts";
import { leaseInput } from "../sandbox/aws/clients.ts";
import { athenaOf, clockOffset, ended, rowsOf, start } from "../sandbox/athena/queries.ts";
import { ownBucket, planOf } from "./athena-plans.ts";

/*
 * Compiler and prover share their knowledge of what Athena asks for. The local AWS derives the forwarded calls
 * anew, from the query that runs, and lets the leased policy judge each.
 */

const externalId = "jit-test";
const now = new Date("2026-11-21T04:37:00Z");
const oneDay =
  "SELECT eventid FROM cloudtrail_logs WHERE account = '111122223333' AND region = 'eu-west-1' AND day = '2026/11/20' LIMIT 5";

let aws: AwsPeer;

beforeAll(async () => {
  const cutoff = { bytesScannedCutoff: 10_000_000_000 };
  aws = await startAws({
    now: () => now,
    externalId,
    // A role that may do everything: the session policy alone decides.
    roles: [
      {
        name: "jit-data-athena-read",
        trust: brokerTrust("111122223333", externalId),
        policies: [{ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }],
      },
    ],
    athena: {
      workGroups: [
        { name: "jit-cloudtrail", managedResults: true, ...cutoff },
        { name: "jit-own", managedResults: false, outputLocation: "s3://query-results/jit/", ...cutoff },
      ],
    },
  });
});
beforeEach(() => aws.calls.clear());
afterAll(() => aws[Symbol.asyncDispose]());

test("a query of the plan runs, and what Athena asks for in its name is all allowed", async () => {
  using session = await leased(planOf());
  expect(await rowsOf(session.athena, oneDay)).toHaveLength(5);
  const forwarded = aws.calls.query({}).filter(({ service }) => service === "s3" || service === "glue");
  expect(new Set(forwarded.map(({ service, operation }) => `${service}:${operation}`))).toContain(
    "s3:GetObject",
  );
});

test("results in a bucket of one's own are written to their folder and read from it", async () => {
  const workgroup = { ...ownBucket, name: "jit-own" };
  using session = await leased(planOf({ workgroup }));
  expect(await rowsOf(session.athena, oneDay, { WorkGroup: "jit-own" })).toHaveLength(5);
  const results = { kind: "bucket" as const, bucket: "query-results", prefix: "other/" };
  using other = await leased(planOf({ workgroup: { ...workgroup, results } }));
  expect(await reasonOf(other.athena, oneDay, "jit-own")).toMatch(
    /no session policy allows the s3:PutObject action$/u,
  );
});

test.each([
  ["another day", oneDay.replace("2026/11/20", "2026/11/18"), /s3:GetObject action$/u],
  ["another account", oneDay.replace("111122223333", "444455556666"), /S3 path: s3:\/\/org-trail-logs/u],
  ["another table", "SELECT email FROM crm.customers", /glue:GetDatabase on resource: .*database\/crm/u],
])("a query for %s fails at the policy, whatever the guardrails say", async (_title, sql, reason) => {
  using session = await leased(planOf());
  expect(await reasonOf(session.athena, sql)).toMatch(reason);
});

test("the session stops no query and starts none in another workgroup", async () => {
  using session = await leased(planOf());
  const denied = { name: "AccessDeniedException" };
  const id = await start(session.athena, oneDay);
  await expect(
    session.athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })),
  ).rejects.toMatchObject(denied);
  await expect(start(session.athena, oneDay, { WorkGroup: "jit-own" })).rejects.toMatchObject(denied);
  await ended(session.athena, id);
});

async function leased(plan: PlannedCalls) {
  const Policy = leasePolicy(compileSessionPolicy(plan), new Date(now.getTime() + 300_000));
  const sts = new STSClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: aws.broker,
    systemClockOffset: clockOffset(aws),
  });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand(leaseInput(aws, { RoleArn: aws.athenaRoleArn, Policy })),
  );
  sts.destroy();
  const athena = athenaOf(aws, {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  });
  return { athena, [Symbol.dispose]: () => athena.destroy() };
}

async function reasonOf(athena: ReturnType<typeof athenaOf>, sql: string, WorkGroup = "jit-cloudtrail") {
  const { Status } = await ended(athena, await start(athena, sql, { WorkGroup }));
  expect(Status?.State).toBe("FAILED");
  return Status?.StateChangeReason ?? "";
}
