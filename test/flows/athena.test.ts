import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  type Asked,
  ask,
  cardSays,
  fillForm,
  inThread,
  PATIENCE,
  stored,
  toldPrivately,
  INCIDENTS,
} from "./acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "./athena-runbooks.ts";
import { movableClock } from "./movable-clock.ts";

const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
const byName = { runbook: "trail-by-name", fields: { Day: day, "Event name": "AssumeRole" } };

describe("a request for an Athena query", () => {
  const clock = movableClock();
  let runbooks: AthenaRunbooks;
  let world: World;

  beforeAll(async () => {
    runbooks = await athenaRunbooks();
    world = await aWorld({
      runbooksDir: runbooks.dir,
      overrides: { clock, sweepEveryMs: 200 },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });
  afterEach(() => world.aws.faults.clear());

  function athenaCalls({ requestId }: Asked, operation: string) {
    return world.aws.calls
      .query({ service: "athena", operation })
      .filter(({ tags }) => tags["grant"] === requestId);
  }

  test("is approved, run once under its own session, delivered, and proven over", async () => {
    const asked = await ask(world, byName);
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    const [run] = request.runs;
    expect(run).toMatchObject({
      state: "succeeded",
      delivery: { status: "delivered" },
      query: { workgroup: "jit-cloudtrail", ended: { state: "SUCCEEDED" } },
    });
    expect(run?.result?.rows).toBeGreaterThan(0);
    expect(run?.result?.bytesScanned).toBeGreaterThan(0);
    expect(run?.result?.costUsd).toBeGreaterThan(0);
    expect(run?.result?.queryExecutionId).toBe(run?.query?.queryExecutionId);
    const [start, ...more] = athenaCalls(asked, "StartQueryExecution");
    expect(more).toEqual([]);
    expect(start).toMatchObject({ access: "allowed", sessionName: `jit-${asked.requestId}-1` });
    expect(start?.request).toMatchObject({ ExecutionParameters: [`'${day}'`, "'AssumeRole'"] });
    const facts = request.events.map(({ fact }) => fact.type);
    expect(facts.indexOf("query.started")).toBeGreaterThan(facts.indexOf("lease.issued"));
    expect(facts.indexOf("run.succeeded")).toBeGreaterThan(facts.indexOf("query.ended"));
    expect(athenaCalls(asked, "StopQueryExecution")).toEqual([]);

    clock.advance(120_000);
    const ended = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(ended.request.runs[0]?.lease?.end).toBeDefined();
    await inThread(world, asked, "Access ended");
  });

  test("that is revoked while it runs is stopped in AWS by the janitor, and its rows reach nobody", async () => {
    using _running = world.aws.athena.pace.hold("running");
    const asked = await ask(world, byName);
    await approve(world, asked);
    await world.aws.calls.waitForCall(
      (call) => call.operation === "GetQueryExecution" && call.tags["grant"] === asked.requestId,
    );
    const lead = world.slack.as("lead");
    await lead.click(await cardSays(world, asked, "[Revoke"), "Revoke…");
    const form = await lead.waitForView("Reason", PATIENCE);
    await lead.fill(form, { Reason: "Wrong day" }).submit();

    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.state === "stopped" && now.request.runs[0].query?.ended !== undefined,
    );
    expect(request.runs[0]).toMatchObject({
      query: { ended: { state: "CANCELLED" } },
      failure: { code: "grant-ended" },
    });
    expect(request.state).toBe("revoking");
    const [stop] = athenaCalls(asked, "StopQueryExecution");
    expect(stop).toMatchObject({ access: "allowed", sourceIdentity: "jit-janitor" });
    expect(stop?.principalArn).toContain(":assumed-role/jit-janitor-athena/");
    expect(athenaCalls(asked, "GetQueryResults")).toEqual([]);
    expect(athenaCalls(asked, "StartQueryExecution")).toHaveLength(1);

    clock.advance(120_000);
    const ended = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(ended.request.runs[0]?.delivery).toBeUndefined();
  });

  test("that takes long says how far it is, and is stopped in AWS when its owner ends it", async () => {
    using _running = world.aws.athena.pace.hold("running");
    const asked = await ask(world, { ...byName, window: true });
    await approve(world, asked);
    const under = await stored(
      world,
      asked.requestId,
      (now) => now.heartbeat?.progress?.query?.state === "RUNNING",
    );
    expect(under.heartbeat?.progress?.query?.bytesScanned).toBeGreaterThan(0);
    const person = world.slack.as("oncall");
    await toldPrivately(person, () => person.command("/jit end", { channel: INCIDENTS }));
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.query?.ended !== undefined,
    );
    expect(request.runs[0]?.query?.ended?.state).toBe("CANCELLED");
  });

  test("that goes over its time is stopped as well, and the run has failed", async () => {
    using _running = world.aws.athena.pace.hold("running");
    const asked = await ask(world, byName);
    await approve(world, asked);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.state === "failed" && now.request.runs[0].query?.ended !== undefined,
      40_000,
    );
    expect(request.runs[0]).toMatchObject({
      failure: { code: "timeout" },
      query: { ended: { state: "CANCELLED" } },
    });
  });

  test("written by the requester is refused on its field, with where and why, before anybody is asked", async () => {
    const query = "SELECT eventname, eventtime FROM cloudtrail_logs LIMIT 10";
    const outcome = await fillForm(world, { runbook: "trail-adhoc", fields: { Query: query } });
    expect(JSON.stringify(outcome)).toMatch(/Line 1, column \d+: /);
    const good = `SELECT eventname, eventtime FROM cloudtrail_logs WHERE account = '111122223333' AND day = '${day}' LIMIT 5`;
    const asked = await ask(world, { runbook: "trail-adhoc", fields: { Query: good } });
    await approve(world, asked);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.result !== undefined,
    );
    expect(request.runs[0]?.result?.rows).toBe(5);
    const [planned] = request.plan.calls;
    const approved = planned?.action === "athena:StartQueryExecution" ? planned.request.QueryString : "";
    expect(approved.replaceAll(/\s+/g, " ")).toBe(good);
    expect(athenaCalls(asked, "StartQueryExecution")[0]?.request).toMatchObject({ QueryString: approved });
  });
});
