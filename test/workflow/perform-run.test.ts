import { describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../src/request/outcome.ts";
import { recordQuery } from "../../src/request/query.ts";
import type { Request } from "../../src/request/request.ts";
import { beginRevocation, completeRevocation, whatIsUnproven } from "../../src/request/revoke.ts";
import { finishRun, queueRun } from "../../src/request/run.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import { performRun } from "../../src/workflow/perform-run.ts";
import { SessionRefused } from "../../src/workflow/session-refused.ts";
import { eventually } from "../fixtures/eventually.ts";
import { lead } from "../fixtures/a-request.ts";
import { aBench, type Bench, succeeded } from "./a-run.ts";

/** What an approver does meanwhile. */
function revoke({ store, clock }: Bench): void {
  const outcome = beginRevocation(store.request, { cause: "revoked", by: lead, reason: "stop" }, clock.now());
  if (outcome.status === "changed") store.become(outcome.request);
}

function must(outcome: Outcome): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${outcome.why.kind}`);
  return outcome.request;
}

describe("a run", () => {
  test("burns its token before the first AWS call, and keeps its session only to prove its end", async () => {
    const bench = await aBench();
    bench.session.onIssue = () =>
      expect(bench.store.request.runs[0]).toMatchObject({ state: "running", worker: "worker-1" });
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked.filter((what) => ["issue", "execute", "keep", "deliver"].includes(what))).toEqual([
      "issue",
      "keep",
      "execute",
      "deliver",
    ]);
    expect(bench.store.request).toMatchObject({
      state: "revoking",
      runs: [{ state: "succeeded", delivery: { status: "delivered" } }],
    });
  });

  test("handed to two workers at once starts once (invariant 5)", async () => {
    const bench = await aBench();
    await Promise.all([
      performRun(bench.deps, bench.requestId, 1),
      performRun({ ...bench.deps, worker: "worker-2" }, bench.requestId, 1),
      performRun({ ...bench.deps, worker: "worker-3" }, bench.requestId, 1),
    ]);
    expect(bench.asked.filter((what) => what === "execute")).toHaveLength(1);
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked.filter((what) => what === "issue")).toHaveLength(1);
  });

  test.each([
    ["another order", (plan: Plan) => ({ ...plan, inputs: { order_id: "O-00000002" } })],
    [
      "another policy",
      (plan: Plan) => ({ ...plan, sessionPolicy: plan.sessionPolicy.replace("GetItem", "*") }),
    ],
    ["more rows", (plan: Plan) => ({ ...plan, limits: { ...plan.limits, maxRows: 1000 } })],
    [
      "another role",
      (plan: Plan) => ({ ...plan, target: { ...plan.target, role: "arn:aws:iam::111122223333:role/admin" } }),
    ],
    ["a longer window", (plan: Plan) => ({ ...plan, grant: { ...plan.grant, durationMinutes: 600 } })],
  ])(
    "whose stored plan was changed to %s does not start: what was approved is what runs",
    async (_, change) => {
      const bench = await aBench();
      bench.store.become({ ...bench.store.request, plan: change(bench.store.request.plan) });
      await performRun(bench.deps, bench.requestId, 1);
      expect(bench.asked).not.toContain("issue");
      expect(bench.store.request).toMatchObject({
        state: "revoking",
        revocation: { cause: "plan-changed" },
        runs: [{ state: "failed" }],
      });
    },
  );

  test("whose requester can't be looked up stays queued and opens nothing (invariant 6)", async () => {
    const bench = await aBench();
    const deps = {
      ...bench.deps,
      directory: { check: async () => ({ status: "refused", problem: "unknown" }) as const },
    };
    await performRun(deps, bench.requestId, 1);
    expect(bench.asked).toEqual([]);
    expect(bench.store.request.runs[0]?.state).toBe("queued");
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.store.request.runs[0]?.state).toBe("succeeded");
  });

  test("whose grant ended while its session was made records the session, never uses it, and sees to its end", async () => {
    const bench = await aBench();
    bench.session.onIssue = () => revoke(bench);
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked).toContain("keep");
    expect(bench.asked).not.toContain("execute");
    expect(bench.asked).not.toContain("deliver");
    const { request } = bench.store;
    expect(request.runs[0]).toMatchObject({ state: "stopped", lease: { accessKeyId: "ASIA1" } });
    expect(completeRevocation(request, bench.clock.now()).status).toBe("refused");
    expect(whatIsUnproven(request)).toEqual(["the session of run 1 is not proven dead yet"]);
  });

  test("whose worker hears of the end while STS answers still waits for the answer, and records what it gave", async () => {
    const bench = await aBench();
    bench.session.onIssue = () => {
      revoke(bench);
      bench.stop.abort();
    };
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked).not.toContain("execute");
    expect(bench.store.request.runs[0]).toMatchObject({ state: "stopped", lease: { accessKeyId: "ASIA1" } });
  });

  test("whose worker is told to stop while STS answers uses no session, before anything is stored of the end", async () => {
    const bench = await aBench();
    bench.session.onIssue = () => bench.stop.abort();
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked).toContain("keep");
    expect(bench.asked).not.toContain("execute");
    expect(bench.store.request.runs[0]).toMatchObject({ state: "stopped", lease: { accessKeyId: "ASIA1" } });
  });

  test("whose first session came out with another life records both, and uses the second alone", async () => {
    const bench = await aBench();
    const { sessions } = bench.deps;
    const executed: string[] = [];
    let issued = 0;
    const issue: typeof sessions.issue = async (order) => {
      const session = await sessions.issue(order);
      const accessKeyId = `ASIA${(issued += 1)}`;
      return {
        ...session,
        asOrdered: issued > 1,
        facts: { ...session.facts, accessKeyId },
        execute: async () => {
          executed.push(accessKeyId);
          return succeeded;
        },
      };
    };
    await performRun({ ...bench.deps, sessions: { issue } }, bench.requestId, 1);
    expect(executed).toEqual(["ASIA2"]);
    expect(bench.asked.filter((what) => what === "keep")).toHaveLength(2);
    const [run] = bench.store.request.runs;
    expect(run?.lease?.accessKeyId).toBe("ASIA2");
    expect(whatIsUnproven(bench.store.request)).toHaveLength(2);
  });

  test("whose sessions never come out as ordered fails, and says that the clocks are why", async () => {
    const bench = await aBench();
    const { sessions } = bench.deps;
    let issued = 0;
    const issue: typeof sessions.issue = async (order) => {
      const session = await sessions.issue(order);
      return {
        ...session,
        asOrdered: false,
        facts: { ...session.facts, accessKeyId: `ASIA${(issued += 1)}` },
      };
    };
    await performRun({ ...bench.deps, sessions: { issue } }, bench.requestId, 1);
    expect(bench.asked).not.toContain("execute");
    expect(bench.store.request.runs[0]).toMatchObject({ state: "failed", failure: { code: "clock" } });
    expect(whatIsUnproven(bench.store.request)).toHaveLength(2);
  });

  test.each([
    ["its session is recorded", 2],
    ["its end is recorded", 3],
  ])("goes on when the store fails once as %s", async (_, failing) => {
    const bench = await aBench();
    let writes = 0;
    const change: typeof bench.deps.store.change = async (...order) => {
      writes += 1;
      if (writes === failing) throw new Error("the table is away");
      return bench.deps.store.change(...order);
    };
    await performRun({ ...bench.deps, store: { ...bench.deps.store, change } }, bench.requestId, 1);
    expect(bench.asked).toContain("keep");
    expect(bench.store.request.runs[0]).toMatchObject({
      state: "succeeded",
      lease: { accessKeyId: "ASIA1" },
      delivery: { status: "delivered" },
    });
  });

  test("whose end was stored although the answer was lost still brings its rows", async () => {
    const bench = await aBench();
    let writes = 0;
    const change: typeof bench.deps.store.change = async (...order) => {
      writes += 1;
      const outcome = await bench.deps.store.change(...order);
      if (writes === 3) throw new Error("the answer was lost");
      return outcome;
    };
    await performRun({ ...bench.deps, store: { ...bench.deps.store, change } }, bench.requestId, 1);
    expect(bench.store.request.runs[0]).toMatchObject({ delivery: { status: "delivered" } });
  });

  test("whose session can't be recorded does not use it, and its end records it after all", async () => {
    const bench = await aBench();
    let failures = 0;
    const change: typeof bench.deps.store.change = async (id, decide) => {
      if (bench.asked.includes("issue") && failures < 5) {
        failures += 1;
        throw new Error("the table is away");
      }
      return bench.deps.store.change(id, decide);
    };
    await performRun({ ...bench.deps, store: { ...bench.deps.store, change } }, bench.requestId, 1);
    expect(bench.asked).not.toContain("execute");
    expect(bench.asked).toContain("keep");
    expect(bench.store.request.runs[0]).toMatchObject({
      state: "failed",
      failure: { code: "not-recorded" },
      lease: { accessKeyId: "ASIA1" },
    });
  });

  test("that meets a bug while its session is made fails at once, in words", async () => {
    const bench = await aBench();
    const issue = async () => {
      throw new TypeError("undefined is not a function");
    };
    await performRun({ ...bench.deps, sessions: { issue } }, bench.requestId, 1);
    expect(bench.store.request).toMatchObject({
      state: "revoking",
      runs: [{ state: "failed", failure: { code: "bug" } }],
    });
    expect(JSON.stringify(bench.store.request)).not.toContain("undefined is not a function");
  });

  test("whose grant was revoked just as it ended withholds its rows", async () => {
    const bench = await aBench();
    bench.session.execute = async () => {
      revoke(bench);
      return succeeded;
    };
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked).not.toContain("deliver");
    expect(bench.store.request.runs[0]?.delivery).toMatchObject({ status: "withheld" });
  });

  test("that was given up while its worker still waited for Athena is known to have failed once its query ended", async () => {
    const bench = await aBench({ grant: { kind: "window", durationMinutes: 15, maxRuns: 3 } });
    const { store } = bench;
    bench.session.execute = async () => {
      const now = bench.clock.now();
      const query = { queryExecutionId: "q-1", workgroup: "jit-cloudtrail" };
      store.become(must(recordQuery(store.request, 1, "worker-1", query, now)));
      const failure = { code: "worker-lost", sentence: "Nothing was heard of its worker." };
      store.become(must(finishRun(store.request, 1, { event: "lose", failure }, undefined, now)));
      return { ...succeeded, queryExecutionId: "q-1" };
    };
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked).not.toContain("deliver");
    expect(store.request.runs[0]).toMatchObject({
      state: "failed",
      failure: { code: "worker-lost", sentence: expect.stringContaining("nobody has seen them") },
      query: { ended: { state: "SUCCEEDED" } },
    });
    expect(queueRun(store.request, store.request.requester, bench.clock.now()).status).toBe("changed");
  });

  test("that STS refuses fails with STS's reason and ends its grant", async () => {
    const bench = await aBench();
    const refuse = async () => {
      throw new SessionRefused("access-denied", "AWS refused.");
    };
    await performRun({ ...bench.deps, sessions: { issue: refuse } }, bench.requestId, 1);
    expect(bench.store.request).toMatchObject({
      state: "revoking",
      runs: [{ state: "failed", failure: { code: "access-denied", sentence: "AWS refused." } }],
    });
  });

  test("that ends in a bug fails in words, and the end of its session is still proven", async () => {
    const bench = await aBench();
    bench.session.execute = async () => {
      throw new TypeError("undefined is not a function");
    };
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked).toContain("keep");
    expect(bench.store.request.runs[0]?.failure).toMatchObject({ code: "bug" });
    expect(JSON.stringify(bench.store.request)).not.toContain("undefined is not a function");
  });

  test("stops when the store can't say for three heartbeats whether its grant lives (invariant 6)", async () => {
    const bench = await aBench();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      bench.beats.answer = async () => {
        throw new Error("the store is away");
      };
      bench.session.execute = () => new Promise(() => {});
      let signal: AbortSignal | undefined;
      const { sessions } = bench.deps;
      const issue: typeof sessions.issue = async (order) => {
        const session = await sessions.issue(order);
        return {
          ...session,
          execute: (_, given) => {
            signal = given;
            return new Promise((done) => given.addEventListener("abort", () => done({ status: "aborted" })));
          },
        };
      };
      const running = performRun({ ...bench.deps, sessions: { issue } }, bench.requestId, 1);
      await eventually(() => signal !== undefined);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(signal?.aborted).toBe(false);
      await vi.advanceTimersByTimeAsync(5_000);
      await running;
      expect(bench.store.request.runs[0]?.state).toBe("stopped");
    } finally {
      vi.useRealTimers();
    }
  });

  test("learns from its heartbeat that its grant ended, when nobody told it", async () => {
    const bench = await aBench();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const { sessions } = bench.deps;
      let started = false;
      const issue: typeof sessions.issue = async (order) => ({
        ...(await sessions.issue(order)),
        execute: (_, given) => {
          started = true;
          return new Promise((done) => given.addEventListener("abort", () => done({ status: "aborted" })));
        },
      });
      const running = performRun({ ...bench.deps, sessions: { issue } }, bench.requestId, 1);
      await eventually(() => started);
      revoke(bench);
      await vi.advanceTimersByTimeAsync(5_000);
      await running;
      expect(bench.store.request).toMatchObject({ state: "revoking", runs: [{ state: "stopped" }] });
      expect(bench.asked).not.toContain("deliver");
    } finally {
      vi.useRealTimers();
    }
  });
});
