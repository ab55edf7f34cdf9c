import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPlan } from "../../src/runbook/build-plan.ts";
import { checkInputs } from "../../src/runbook/check-inputs.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import type { Catalogue } from "../../src/runbook/load-catalogue.ts";
import type { PlanDraft } from "../../src/runbook/plan.ts";
import { startAws } from "../../src/sandbox/aws/start-aws.ts";
import type { AwsPeer } from "../../src/sandbox/aws/start-aws.ts";
import { cloudtrailFacts } from "../../src/sandbox/seed/cloudtrail/cloudtrail-events.ts";
import { bucketAccessFacts } from "../../src/sandbox/seed/logs/bucket-access-table.ts";
import { customersFacts } from "../../src/sandbox/seed/logs/customers-table.ts";
import { flowFacts } from "../../src/sandbox/seed/logs/flow-table.ts";
import { loadBalancerFacts } from "../../src/sandbox/seed/logs/load-balancer-table.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import { athenaOf, rowsOf } from "../sandbox/athena/queries.ts";
import type { Row } from "../sandbox/athena/queries.ts";

const now = new Date("2026-11-21T04:37:00Z");
const facts = cloudtrailFacts(now);
const dir = join(import.meta.dirname, "../../runbooks");

/** The last seven days of one account; each runbook adds its own. */
const week = { account: facts.account, from_time: second(daysBefore(7)), to_time: second(now) };
const twoDays = { from_time: second(daysBefore(2)), to_time: second(now) };

let aws: AwsPeer;
let catalogue: Catalogue;
const played = new Set<string>();

beforeAll(async () => {
  aws = await startAws({ now: () => now });
  ({ catalogue } = await loadCatalogue(dir, { today: now }));
});
afterAll(() => aws[Symbol.asyncDispose]());

async function planOf(name: string, raw: Record<string, unknown>): Promise<PlanDraft> {
  const runbook = catalogue.runbooks.get(name);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) throw new Error(`there is no runbook ${name}`);
  const checked = await checkInputs({ runbook, dataSource, raw, now }, async (sql, guardrails, at) =>
    checkSql(sql, guardrails, at),
  );
  if (checked.status === "invalid") throw new Error(JSON.stringify(checked.errors));
  return buildPlan({
    runbook,
    dataSource,
    inputs: checked.inputs,
    query: checked.query,
    requestId: "R1",
    requester: { teamId: "T1", userId: "U1" },
    grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
    createdAt: now,
  });
}

/** What the planned call finds in the local Athena, whose columns are those that the runbook declares. */
async function run(name: string, raw: Record<string, unknown>): Promise<Row[]> {
  played.add(name);
  const plan = await planOf(name, raw);
  const [call] = plan.calls;
  if (call?.action !== "athena:StartQueryExecution") throw new Error("no query");
  const { WorkGroup, QueryExecutionContext, QueryString, ExecutionParameters } = call.request;
  const athena = athenaOf(aws);
  const rows = await rowsOf(athena, QueryString, {
    WorkGroup,
    QueryExecutionContext,
    ...(ExecutionParameters && { ExecutionParameters: [...ExecutionParameters] }),
  }).finally(() => athena.destroy());
  for (const row of rows) expect(Object.keys(row)).toEqual(plan.output.columns.map((column) => column.name));
  return rows;
}

describe("the shipped queries find exactly what was planted", () => {
  test("ct-console-login-failures: every sprayed user twice, from one address", async () => {
    const { spraying } = facts;
    const rows = await run("ct-console-login-failures", week);
    expect(rows.map(({ username }) => username ?? "").toSorted()).toEqual(spraying.usernames);
    expect(new Set(rows.map(({ sourceipaddress }) => sourceipaddress))).toEqual(new Set([spraying.ip]));
    expect(rows.every(({ failures, reason }) => failures === "2" && reason === spraying.reason)).toBe(true);
  });

  test("ct-console-login-failures: another address alone shows nothing of it", async () => {
    const rows = await run("ct-console-login-failures", { ...week, source_ip: "192.0.2.200" });
    expect(rows).toEqual([]);
  });

  test("ct-console-login-without-mfa: the sprayed user, root and a viewer, no federated people", async () => {
    const rows = await run("ct-console-login-without-mfa", week);
    expect(rows.map(({ eventid }) => eventid)).toEqual([
      facts.spraying.successEventId,
      facts.root.loginEventId,
      facts.withoutMfa.eventId,
    ]);
  });

  test("ct-root-activity: what a person did as root, nothing of services", async () => {
    const rows = await run("ct-root-activity", week);
    expect(rows.map(({ eventid }) => eventid).toReversed()).toEqual(facts.root.eventIds);
  });

  test("ct-principal-timeline: from the first try to the machines", async () => {
    const { spraying, escalation, sabotage, unexpectedRegion } = facts;
    const identity = { identifier_type: "source_ip", identifier: spraying.ip };
    const all = await run("ct-principal-timeline", { ...week, ...identity, calls: "all" });
    expect(all).toHaveLength(
      spraying.failureCount +
        1 +
        escalation.eventIds.length +
        sabotage.trailEventIds.length +
        1 +
        unexpectedRegion.eventIds.length,
    );
    expect(all[0]?.["eventtime"]).toBe(second(spraying.firstAt));
    const changing = await run("ct-principal-timeline", { ...week, ...identity });
    expect(changing.every(({ readonly }) => readonly !== "true")).toBe(true);
  });

  test("ct-principal-summary: a key's calls by name", async () => {
    const { denied } = facts;
    const identity = { identifier_type: "access_key", identifier: denied.accessKeyId };
    const rows = await run("ct-principal-summary", { ...week, ...identity });
    expect(rows).toHaveLength(denied.distinctActions);
    expect(rows.every(({ calls, errors }) => calls === "5" && errors === "5")).toBe(true);
  });

  test("ct-assume-role-chain: three hops from one key", async () => {
    const { roleChain } = facts;
    const rows = await run("ct-assume-role-chain", {
      ...week,
      start_access_key: roleChain.startAccessKeyId,
    });
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect([row?.["hop1_role"], row?.["hop2_role"], row?.["hop3_role"]]).toEqual(roleChain.roleArns);
    expect([row?.["hop1_key"], row?.["hop2_key"], row?.["hop3_key"]]).toEqual(roleChain.issuedKeys);
  });

  test("ct-iam-privilege-escalation: the attacker's acts, root's key and the pipeline's two", async () => {
    const rows = await run("ct-iam-privilege-escalation", week);
    expect(rows.map(({ eventid }) => eventid)).toEqual([
      facts.root.createdKeyEventId,
      ...facts.escalation.pipelineEventIds,
      ...facts.escalation.eventIds,
    ]);
  });

  test("ct-s3-object-reads: each reader of the bucket, the one without a name as anonymous", async () => {
    const { bucket, readers } = facts.bucketReads;
    const rows = await run("ct-s3-object-reads", { ...week, bucket });
    const byRequests = (a: { requests: number }, b: { requests: number }) => b.requests - a.requests;
    expect(
      rows.map((row) => ({
        principal: row["principal"],
        requests: Number(row["requests"]),
        errors: Number(row["errors"]),
        distinctKeys: Number(row["distinct_keys"]),
        bytesOut: Number(row["bytes_out"]),
      })),
    ).toEqual(
      readers
        .map(({ principal, requests, errors, distinctKeys, bytesOut }) => ({
          principal: principal === "" ? "anonymous" : principal,
          requests,
          errors,
          distinctKeys,
          bytesOut,
        }))
        .toSorted(byRequests),
    );
  });

  test("ct-lambda-invoke-errors: by function, caller and error", async () => {
    const rows = await run("ct-lambda-invoke-errors", week);
    const { lambda, denied } = facts;
    const found = rows.map((row) => [
      row["function_arn"],
      row["caller_arn"],
      row["errorcode"],
      row["errors"],
    ]);
    expect(found.toSorted(byText)).toEqual(
      [
        ...lambda.callers.map(({ arn, errorCode, calls }) => [
          lambda.functionArn,
          arn,
          errorCode,
          String(calls),
        ]),
        [undefined, denied.principalArn, "AccessDenied", String(denied.deniedLambdaCalls)],
      ].toSorted(byText),
    );
  });

  test("ct-run-instances-unexpected-region: the machines far away, whatever the shape of their type", async () => {
    const { unexpectedRegion } = facts;
    const rows = await run("ct-run-instances-unexpected-region", week);
    expect(rows.map(({ eventid }) => eventid).toReversed()).toEqual(unexpectedRegion.eventIds);
    expect(rows.map((row) => row["instance_type"]).toReversed()).toEqual(unexpectedRegion.instanceTypes);
    const there = await run("ct-run-instances-unexpected-region", {
      ...week,
      regions: ["eu-west-1", unexpectedRegion.region],
    });
    expect(there).toEqual([]);
  });

  test("ct-access-denied-spike: one identity denied at many services within an hour", async () => {
    const { denied } = facts;
    expect(await run("ct-access-denied-spike", week)).toMatchObject([
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

  test("ct-security-group-changes: two groups opened to the world, in both shapes of the event", async () => {
    const { openedGroups, internalGroup } = facts.securityGroups;
    const rows = await run("ct-security-group-changes", week);
    const open = rows.filter((row) => row["open_to_world"] === "true").toReversed();
    expect(open.map((row) => [row["group_id"], row["from_port"], row["eventid"]])).toEqual(
      openedGroups.map(({ groupId, port, eventId }) => [groupId, String(port), eventId]),
    );
    const closed = rows.filter((row) => row["open_to_world"] === "false");
    expect(closed.map(({ eventid }) => eventid)).toEqual([internalGroup.eventId]);
  });

  test("ct-trail-tampering: the trail stopped, its selectors emptied before", async () => {
    const { trail, trailEventIds } = facts.sabotage;
    const rows = await run("ct-trail-tampering", week);
    expect(rows.map(({ eventid, target }) => [eventid, target])).toEqual(
      trailEventIds.map((id) => [id, trail]),
    );
  });

  test("ath-alb-5xx-by-target: the one target that answers with 502", async () => {
    const { badTarget, errorCount, groupArn } = loadBalancerFacts(now);
    expect(await run("ath-alb-5xx-by-target", twoDays)).toMatchObject([
      {
        target_group_arn: groupArn,
        target: `${badTarget.ip}:${badTarget.port}`,
        elb_status_code: "502",
        requests: String(errorCount),
      },
    ]);
  });

  test("ath-vpc-flow-rejected: an address refused at the database's port", async () => {
    const { rejected } = flowFacts(now);
    expect(await run("ath-vpc-flow-rejected", { ...twoDays, ip: rejected.ip })).toMatchObject([
      { interface_id: rejected.interfaceId, dstport: "5432", flows: "25", packets: "50" },
    ]);
  });

  test("ath-s3-access-log-object: who asked for the taken object", async () => {
    const { key, requesters } = bucketAccessFacts(now);
    const rows = await run("ath-s3-access-log-object", { ...twoDays, object_key: key });
    expect(rows.map(({ requester, remoteip }) => [requester, remoteip]).toReversed()).toEqual(
      requesters.map(({ requester, ip }) => [requester, ip]),
    );
  });

  test("crm-adhoc: one customer by address in any case, as the requester wrote it", async () => {
    const { known, snapshotDay } = customersFacts(now);
    const query = `SELECT customer_id, phone FROM customers
      WHERE dt = '${snapshotDay}' AND lower(email) = '${known.email.toLowerCase()}'`;
    const [row, ...more] = await run("crm-adhoc", { query });
    expect(row).toMatchObject({ customer_id: known.customerId });
    expect(more).toEqual([]);
  });

  test("none of the shipped queries is left out", async () => {
    const texts = (await readdir(join(dir, "sql"))).map((file) => file.replace(/\.sql$/, ""));
    expect([...played].toSorted()).toEqual([...texts, "crm-adhoc"].toSorted());
  });
});

function byText(a: readonly unknown[], b: readonly unknown[]): number {
  return a.join() < b.join() ? -1 : 1;
}

function daysBefore(days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}

function second(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/u, "Z");
}
