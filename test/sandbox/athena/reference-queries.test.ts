import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { cloudtrailFacts } from "../../../src/sandbox/seed/cloudtrail/cloudtrail-events.ts";
import { bucketAccessFacts } from "../../../src/sandbox/seed/logs/bucket-access-table.ts";
import { costFacts } from "../../../src/sandbox/seed/logs/cost-table.ts";
import { customersFacts } from "../../../src/sandbox/seed/logs/customers-table.ts";
import { flowFacts } from "../../../src/sandbox/seed/logs/flow-table.ts";
import { loadBalancerFacts } from "../../../src/sandbox/seed/logs/load-balancer-table.ts";
import { athenaOf, type Row, rowsOf } from "./queries.ts";

const now = new Date("2026-11-21T04:37:00Z");
const facts = cloudtrailFacts(now);
const folder = resolve(import.meta.dirname, "sql");
const from = new Date(now.getTime() - 8 * 86_400_000);

/** One week and a day of one account; each query adds its own parameters. */
const window = {
  account: `'${facts.account}'`,
  day_from: `'${day(from)}'`,
  day_to: `'${day(now)}'`,
  from_time: `'${second(from)}'`,
  to_time: `'${second(now)}'`,
};

let aws: AwsPeer;
const asked = new Set<string>();

beforeAll(async () => {
  aws = await startAws({ now: () => now });
});
afterAll(() => aws[Symbol.asyncDispose]());

/** Runs one of the reference texts, each `:name` made a `?` with its literal. */
async function run(name: string, more: Record<string, string> = {}, database = "audit"): Promise<Row[]> {
  asked.add(`${name}.sql`);
  const values: Record<string, string> = { ...window, ...more };
  const parameters: string[] = [];
  const sql = readFileSync(resolve(folder, `${name}.sql`), "utf8").replaceAll(
    /(?<![:\w]):([a-z]\w*)/gu,
    (_, hole: string) => {
      parameters.push(values[hole] ?? `no value for ${hole}`);
      return "?";
    },
  );
  const athena = athenaOf(aws);
  const context = { QueryExecutionContext: { Database: database }, ExecutionParameters: parameters };
  return rowsOf(athena, sql, context).finally(() => athena.destroy());
}

describe("the reference queries find exactly what was planted", () => {
  test("password spraying: every sprayed user twice from one address", async () => {
    const rows = await run("ct-console-login-failures", { min_failures: "2" });
    const { spraying } = facts;
    expect(rows.map(({ username }) => username ?? "").toSorted()).toEqual(spraying.usernames);
    expect(new Set(rows.map(({ sourceipaddress }) => sourceipaddress))).toEqual(new Set([spraying.ip]));
    expect(rows.every(({ failures, reason }) => failures === "2" && reason === spraying.reason)).toBe(true);
  });

  test("sign-ins without MFA: the sprayed user, root and a viewer, no federated people", async () => {
    const rows = await run("ct-console-login-without-mfa");
    expect(rows.map(({ eventid }) => eventid)).toEqual([
      facts.spraying.successEventId,
      facts.root.loginEventId,
      facts.withoutMfa.eventId,
    ]);
  });

  test("root: five acts of a person, none of a service", async () => {
    const rows = await run("ct-root-activity");
    expect(rows.map(({ eventid }) => eventid).toReversed()).toEqual(facts.root.eventIds);
    expect(rows.every(({ sourceipaddress }) => sourceipaddress === facts.root.ip)).toBe(true);
  });

  test("the sprayed address's timeline runs from the first try to the machines", async () => {
    const rows = await run("ct-principal-timeline", {
      identifier_type: "'source_ip'",
      identifier: `'${facts.spraying.ip}'`,
      mutating_only: "'false'",
    });
    const { spraying, escalation, sabotage, unexpectedRegion } = facts;
    const planted =
      spraying.failureCount +
      1 +
      escalation.eventIds.length +
      sabotage.trailEventIds.length +
      1 +
      unexpectedRegion.eventIds.length;
    expect(rows).toHaveLength(planted);
    expect(rows[0]?.eventtime).toBe(second(spraying.firstAt));
  });

  test("a key's summary counts its calls by name", async () => {
    const rows = await run("ct-principal-summary", {
      identifier_type: "'access_key'",
      identifier: `'${facts.denied.accessKeyId}'`,
    });
    expect(rows).toHaveLength(facts.denied.distinctActions);
    expect(rows.every(({ calls, errors }) => calls === "5" && errors === "5")).toBe(true);
  });

  test("a role chain of three hops from one key", async () => {
    const { roleChain } = facts;
    const rows = await run("ct-assume-role-chain", { start_access_key: `'${roleChain.startAccessKeyId}'` });
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect([row?.hop1_role, row?.hop2_role, row?.hop3_role]).toEqual(roleChain.roleArns);
    expect([row?.hop1_key, row?.hop2_key, row?.hop3_key]).toEqual(roleChain.issuedKeys);
  });

  test("privilege escalation: the attacker's five acts, root's key and the pipeline's two", async () => {
    const rows = await run("ct-iam-privilege-escalation");
    const { escalation, root } = facts;
    expect(rows.map(({ eventid }) => eventid)).toEqual([
      root.createdKeyEventId,
      ...escalation.pipelineEventIds,
      ...escalation.eventIds,
    ]);
    expect(rows.find(({ eventname }) => eventname === "AttachUserPolicy")?.policy_arn).toBe(
      "arn:aws:iam::aws:policy/AdministratorAccess",
    );
  });

  test("object reads of the sensitive bucket, one reader without a name", async () => {
    const { bucketReads } = facts;
    const rows = await run("ct-s3-object-reads", { bucket: `'${bucketReads.bucket}'` });
    const seen = rows.map((row) => ({
      // An anonymous reader has no ARN; its empty principal id is what the query shows.
      principal: row.principal,
      ip: row.sourceipaddress,
      eventName: row.eventname,
      requests: Number(row.requests),
      errors: Number(row.errors),
      distinctKeys: Number(row.distinct_keys),
      bytesOut: Number(row.bytes_out),
    }));
    expect(seen.toSorted(byRequests)).toEqual(bucketReads.readers.toSorted(byRequests));
  });

  test("failing Lambda calls by function, caller and error", async () => {
    const rows = await run("ct-lambda-invoke-errors");
    const { lambda, denied } = facts;
    expect(
      rows.map(({ function_arn, caller_arn, errorcode, errors }) => [
        function_arn,
        caller_arn,
        errorcode,
        errors,
      ]),
    ).toEqual([
      ...lambda.callers.map(({ arn, errorCode, calls }) => [
        lambda.functionArn,
        arn,
        errorCode,
        String(calls),
      ]),
      [undefined, denied.principalArn, "AccessDenied", String(denied.deniedLambdaCalls)],
    ]);
  });

  test("machines in a Region where nobody works, whatever the shape of instanceType", async () => {
    const rows = await run("ct-run-instances-unexpected-region", { r1: "'eu-west-1'" });
    const { unexpectedRegion } = facts;
    expect(rows.map(({ eventid }) => eventid).toReversed()).toEqual(unexpectedRegion.eventIds);
    expect(rows.map(({ instance_type }) => instance_type).toReversed()).toEqual(
      unexpectedRegion.instanceTypes,
    );
  });

  test("one identity denied at many services within an hour", async () => {
    const { denied } = facts;
    expect(await run("ct-access-denied-spike", { min_denied: "20" })).toMatchObject([
      {
        principal_arn: denied.principalArn,
        hour_utc: denied.hour,
        denied: String(denied.denied),
        distinct_actions: String(denied.distinctActions),
        services: String(denied.services),
        source_ips: denied.ip,
      },
    ]);
  });

  test("security groups opened to the world, in both shapes of the event", async () => {
    const rows = await run("ct-security-group-changes");
    const { openedGroups, internalGroup } = facts.securityGroups;
    const open = rows.filter(({ open_to_world }) => open_to_world === "true").toReversed();
    expect(
      open.map(({ group_id, from_port, eventid, first_cidr }) => [group_id, from_port, eventid, first_cidr]),
    ).toEqual(
      openedGroups.map(({ groupId, port, eventId }) => [groupId, String(port), eventId, "0.0.0.0/0"]),
    );
    expect(
      rows.filter(({ open_to_world }) => open_to_world === "false").map(({ eventid }) => eventid),
    ).toEqual([internalGroup.eventId]);
  });

  test("a key scheduled for deletion with the shortest window", async () => {
    const { sabotage } = facts;
    expect(await run("ct-kms-key-deletion")).toMatchObject([
      { eventid: sabotage.deletionEventId, key_id: sabotage.keyId, pending_window_days: "7" },
    ]);
  });

  test("the trail stopped, its selectors emptied before", async () => {
    const rows = await run("ct-trail-tampering");
    expect(rows.map(({ eventid, target }) => [eventid, target])).toEqual(
      facts.sabotage.trailEventIds.map((id) => [id, facts.sabotage.trail]),
    );
  });

  test("one person reading many secrets", async () => {
    const { secrets } = facts;
    expect(await run("ct-secrets-access", { min_secrets: "3" })).toMatchObject([
      { principal_arn: secrets.principalArn, distinct_secrets: String(secrets.distinctSecrets) },
    ]);
  });

  test("a Scan outside any runbook", async () => {
    const { scan } = facts;
    expect(
      await run("ct-dynamodb-drift", {
        table_arn: `'${scan.tableArn}'`,
        worker_role_arn: `'${scan.workerRoleArn}'`,
      }),
    ).toMatchObject([
      {
        role_arn: scan.roleArn,
        session_arn: scan.sessionArn,
        eventname: "Scan",
        filter_expression: scan.filterExpression,
        calls: String(scan.scans),
      },
    ]);
  });

  test("Athena used outside the bot's workgroups", async () => {
    const rows = await run("ct-athena-usage");
    const { athenaUse } = facts;
    expect(rows.filter(({ work_group }) => work_group !== "jit-cloudtrail")).toMatchObject([
      { principal_arn: athenaUse.principalArn, work_group: "primary", queries: String(athenaUse.queries) },
    ]);
  });

  test("one target behind the load balancer answers with 502", async () => {
    const { badTarget, errorCount, groupArn } = loadBalancerFacts(now);
    expect(await run("ath-alb-5xx-by-target", {}, "logs")).toMatchObject([
      {
        target_group_arn: groupArn,
        target: `${badTarget.ip}:${badTarget.port}`,
        elb_status_code: "502",
        requests: String(errorCount),
      },
    ]);
  });

  test("an address refused at the database's port", async () => {
    const { rejected } = flowFacts(now);
    expect(await run("ath-vpc-flow-rejected", { ip: `'${rejected.ip}'` }, "logs")).toMatchObject([
      { interface_id: rejected.interfaceId, dstport: "5432", flows: "25", packets: "50" },
    ]);
  });

  test("the taken object in the bucket's own log", async () => {
    const { key, requesters } = bucketAccessFacts(now);
    const rows = await run("ath-s3-access-log-object", { object_key: `'${key}'` }, "logs");
    expect(rows.map(({ requester, remoteip }) => [requester, remoteip]).toReversed()).toEqual(
      requesters.map(({ requester, ip }) => [requester, ip]),
    );
  });

  test("a customer by address in any case, masked", async () => {
    const { known, snapshotDay } = customersFacts(now);
    expect(
      await run("ath-customer-lookup-masked", {
        email: `'${known.email.toUpperCase()}'`,
        snapshot_day: `'${snapshotDay}'`,
      }),
    ).toMatchObject([
      {
        customer_id: known.customerId,
        email_masked: "C***@example.com",
        phone_last4: `***${known.phoneLast4}`,
      },
    ]);
  });

  test("spend by service and day", async () => {
    const { days, services } = costFacts(now);
    const rows = await run(
      "ath-cost-by-service",
      { billing_period: "'2026-11'", from_ts: "TIMESTAMP '2026-11-01 00:00:00'" },
      "billing",
    );
    expect(rows).toHaveLength(days.length * services.length);
    expect(rows[0]).toMatchObject({ service: "AmazonEC2", unblended_cost: "412.5" });
  });

  test("none of the texts is left out", () => {
    expect([...asked].toSorted()).toEqual(readdirSync(folder).toSorted());
  });
});

function byRequests(one: { requests: number }, other: { requests: number }): number {
  return other.requests - one.requests;
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10).replaceAll("-", "/");
}

function second(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/u, "Z");
}
