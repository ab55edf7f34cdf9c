import { describe, expect, test, vi } from "vitest";
import { beginRevocation } from "../../src/request/revoke.ts";
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

describe("a run", () => {
  test("burns its token before the first AWS call, and keeps its session only to prove its end", async () => {
    const bench = await aBench();
    bench.session.onIssue = () =>
      expect(bench.store.request.runs[0]).toMatchObject({ state: "running", worker: "worker-1" });
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked.filter((what) => ["issue", "execute", "keep", "deliver"].includes(what))).toEqual([
      "issue",
      "execute",
      "keep",
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

  test("whose grant ended while its session was made drops the session unused", async () => {
    const bench = await aBench();
    bench.session.onIssue = () => revoke(bench);
    await performRun(bench.deps, bench.requestId, 1);
    expect(bench.asked).toContain("dispose");
    expect(bench.asked).not.toContain("execute");
    expect(bench.asked).not.toContain("deliver");
    expect(bench.store.request.runs[0]).toMatchObject({ state: "stopped" });
    expect(bench.store.request.runs[0]?.lease).toBeUndefined();
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
