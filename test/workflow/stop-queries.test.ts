import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Outcome } from "../../src/request/outcome.ts";
import { recordQuery } from "../../src/request/query.ts";
import type { Request } from "../../src/request/request.ts";
import { beginRevocation } from "../../src/request/revoke.ts";
import { startRun } from "../../src/request/run.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import { tidyRequest } from "../../src/workflow/tidy-request.ts";
import type { QueryJanitor, WorkQueue } from "../../src/workflow/ports.ts";
import { anAthenaPlan, anAthenaShop, type AthenaShop, watched } from "../execution/an-athena-run.ts";
import { lead } from "../fixtures/a-request.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { movableClock } from "../flows/movable-clock.ts";
import { MemoryStore } from "../slack/memory-store.ts";

const workgroup = "jit-cloudtrail";

describe("queries that nobody waits for", () => {
  let shop: AthenaShop;

  beforeAll(async () => {
    shop = await anAthenaShop();
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());
  beforeEach(() => {
    shop.aws.faults.clear();
    shop.aws.calls.clear();
  });

  /** A query that AWS accepted for a run whose worker did no more than record it. */
  async function started(plan = anAthenaPlan()): Promise<Bench> {
    const session = await shop.open(plan);
    const end = new AbortController();
    const watch = watched({ queryStarted: async () => end.abort() });
    await session.execute(plan, end.signal, watch);
    session.dispose();
    return aBench(plan, watch.ids[0] ?? "", shop.janitor);
  }

  function stops() {
    return shop.aws.calls.query({ operation: "StopQueryExecution" });
  }

  test("are stopped when their grant ends while they run, by the janitor, and that is the proof", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const bench = await started();
    bench.decide((request, now) =>
      beginRevocation(request, { cause: "revoked", by: lead, reason: "stop" }, now),
    );
    await tidyRequest(bench.deps, bench.id);
    expect(bench.store.request.runs[0]).toMatchObject({
      state: "running",
      query: { ended: { state: "CANCELLED" } },
    });
    expect(stops()[0]?.principalArn).toContain("jit-janitor-athena");
    expect(bench.store.request.events.at(-1)?.fact).toEqual({
      type: "query.ended",
      run: 1,
      state: "CANCELLED",
    });
  });

  test("are not touched while their grant lives and their worker does", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const bench = await started();
    await tidyRequest(bench.deps, bench.id);
    expect(stops()).toEqual([]);
    expect(bench.store.request.runs[0]?.query).not.toHaveProperty("ended");
  });

  test("of a dead worker are stopped and never started again", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const bench = await started();
    bench.clock.advance(60_000);
    await tidyRequest(bench.deps, bench.id);
    expect(bench.store.request).toMatchObject({
      state: "revoked",
      revocation: { cause: "failed" },
      runs: [{ state: "failed", failure: { code: "worker-lost" }, query: { ended: { state: "CANCELLED" } } }],
    });
    expect(bench.store.request.events.map(({ fact }) => fact.type)).toEqual(
      expect.arrayContaining(["run.unknown", "query.ended", "run.failed", "access.revoked"]),
    );
    expect(shop.aws.calls.query({ operation: "StartQueryExecution" })).toHaveLength(1);
  });

  test("of a dead worker that finished are left as they are, and their rows are said to be lost", async () => {
    const bench = await started();
    await shop.aws.calls.waitForCall((call) => call.service === "s3" && call.operation === "GetObject");
    const query = { queryExecutionId: bench.queryExecutionId, workgroup };
    using attended = await shop.janitor.attend({ plan: bench.store.request.plan, run: 1, query });
    await expect.poll(() => attended.state()).toBe("SUCCEEDED");
    bench.clock.advance(60_000);
    await tidyRequest(bench.deps, bench.id);
    expect(bench.store.request.runs[0]?.failure?.sentence).toContain("its rows were lost with the worker");
    expect(stops()).toEqual([]);
    expect(shop.aws.calls.query({ operation: "GetQueryResults" })).toEqual([]);
  });

  test("that AWS does not say anything about keep the run unknown, until it does", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const bench = await started();
    bench.clock.advance(60_000);
    shop.aws.faults.add({
      service: "sts",
      operation: "AssumeRole",
      effect: { kind: "error", code: "AccessDenied", status: 403 },
    });
    await expect(tidyRequest(bench.deps, bench.id)).rejects.toThrow("could be settled");
    expect(bench.store.request).toMatchObject({ state: "revoking", runs: [{ state: "unknown" }] });
    shop.aws.faults.clear();
    await tidyRequest(bench.deps, bench.id);
    expect(bench.store.request).toMatchObject({ state: "revoked", runs: [{ state: "failed" }] });
  });

  test("looked after by two at once are settled once", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const bench = await started();
    bench.clock.advance(60_000);
    await Promise.all([tidyRequest(bench.deps, bench.id), tidyRequest(bench.deps, bench.id)]);
    const types = bench.store.request.events.map(({ fact }) => fact.type);
    for (const once of ["query.ended", "run.unknown", "run.failed", "access.revoked"] as const)
      expect(types.filter((type) => type === once)).toHaveLength(1);
  });

  test("wake somebody as soon as a change leaves them alone", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const bench = await started();
    bench.clock.advance(60_000);
    const silent = { attend: () => Promise.reject(new Error("away")) };
    await expect(tidyRequest({ ...bench.deps, janitor: silent }, bench.id)).rejects.toThrow(
      "could be settled",
    );
    expect(bench.woken).toEqual([bench.id]);
    await tidyRequest(bench.deps, bench.id);
  });
});

type Bench = ReturnType<typeof aBench>;

function aBench(plan: Plan, queryExecutionId: string, janitor: QueryJanitor) {
  const clock = movableClock();
  const woken: string[] = [];
  const nothing = async () => {};
  const queue: WorkQueue = {
    run: nothing,
    project: nothing,
    stop: nothing,
    wake: async (id) => void woken.push(id),
  };
  const store = new MemoryStore(aRunning(plan, queryExecutionId, clock.now()));
  const deps = {
    store: Object.assign(store, {
      create: async () => "created" as const,
      heartbeat: async () => store.request.state,
      ofPerson: async () => [],
      due: async () => [],
      lookAgain: async () => true,
      recordFact: nothing,
    }),
    queue,
    clock,
    log: silentLog,
    awsClock: { now: async () => clock.now() },
    janitor,
    alarms: { raise: async () => {}, tell: async () => {} },
    denyList: { deny: async () => "listed" as const, purge: async () => "done" as const },
  };
  return {
    deps,
    store,
    clock,
    woken,
    queryExecutionId,
    id: store.request.id,
    decide: (decision: (request: Request, now: Date) => Outcome) =>
      store.become(must(decision(store.request, clock.now()))),
  };
}

function aRunning(plan: Plan, queryExecutionId: string, now: Date): Request {
  const approval = {
    policy: "cloudtrail-read",
    groups: ["security"],
    approvers: [lead],
    count: 1,
    channel: "C0APPROVALS",
    allowPreview: false,
  };
  const asked = submit({ plan, reason: "Who signed in?", approval, pendingMinutes: 60 }, now);
  const active = must(castVote(asked, { by: lead, decision: "approve" }, { rule: "r" }, now));
  const running = must(startRun(active, 1, "w1", now));
  return must(recordQuery(running, 1, "w1", { queryExecutionId, workgroup }, now));
}

function must(outcome: Outcome): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${JSON.stringify(outcome.why)}`);
  return outcome.request;
}
