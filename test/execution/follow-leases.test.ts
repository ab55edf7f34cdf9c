import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PolicyDocument } from "../../src/iam/policy-document.ts";
import { followPolicy, proveFollowPolicy } from "../../src/iam/follow-policy.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import { GrantEnded } from "../../src/workflow/grant-ended.ts";
import type { RunSession, SessionOrder } from "../../src/workflow/ports.ts";
import { provePlan } from "../../src/workflow/prove-plan.ts";
import { SessionRefused } from "../../src/workflow/session-refused.ts";
import { anAthenaPlan, anAthenaShop, type AthenaShop, watched } from "./an-athena-run.ts";

const LEASE_MS = 4_000;

describe("a query that outlives its session", () => {
  let shop: AthenaShop;

  beforeAll(async () => {
    shop = await anAthenaShop();
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());
  afterEach(() => {
    shop.aws.athena.pace.set({});
    shop.aws.calls.clear();
    shop.aws.faults.clear();
  });

  function start(plan: Plan): Promise<RunSession> {
    return shop.open(plan, {
      maxLifeMs: LEASE_MS,
      policyFor: (expiresAt, now) => provePlan(plan, expiresAt, now, new Date(expiresAt.getTime() + 30_000)),
    });
  }

  function follow(plan: Plan, queryExecutionId: string): Promise<RunSession> {
    const planned = {
      calls: plan.calls,
      schemas: {},
      target: plan.target,
      ...(plan.athena && { athena: plan.athena }),
    };
    const policyFor: SessionOrder["policyFor"] = (expiresAt, now) => {
      const text = followPolicy(planned, expiresAt);
      const proof = proveFollowPolicy({
        ...planned,
        policy: JSON.parse(text) as PolicyDocument,
        expiresAt,
        now,
      });
      if (!proof.proven) throw new Error(JSON.stringify(proof.failures));
      return { text, checks: { allowed: 2, denied: proof.checks.length - 2 } };
    };
    return shop.open(plan, { follows: { queryExecutionId }, maxLifeMs: LEASE_MS, policyFor });
  }

  test("is waited for by one session after the other without a gap, and only the first could start it", async () => {
    shop.aws.athena.pace.set({ runMs: 9_000 });
    const plan = anAthenaPlan();
    const first = await start(plan);
    const sessions = [first];
    const watch = watched({
      nextLease: async ({ queryExecutionId }) => {
        const next = await follow(plan, queryExecutionId);
        sessions.push(next);
        return next;
      },
    });
    const signal = AbortSignal.timeout(30_000);
    const execution = await first.execute(plan, signal, watch);
    expect(execution).toMatchObject({ status: "succeeded" });
    expect(sessions.length).toBeGreaterThanOrEqual(3);
    const looks = shop.aws.calls.query({ operation: "GetQueryExecution" });
    expect(looks.map(({ access }) => access)).not.toContain("denied");
    const reads = shop.aws.calls.query({ operation: "GetQueryResults" });
    const used = new Set([...looks, ...reads].map(({ accessKeyId }) => accessKeyId));
    expect([...used]).toEqual(sessions.map(({ facts }) => facts.accessKeyId));
    const starts = shop.aws.calls.query({ operation: "StartQueryExecution" });
    expect(starts.map(({ accessKeyId }) => accessKeyId)).toEqual([first.facts.accessKeyId]);

    const last = sessions.at(-1);
    expect(await last?.probe(plan, signal)).toEqual({ status: "still-alive" });
    expect(await first.probe(plan, signal)).toMatchObject({
      status: "denied",
      detail: expect.stringContaining("athena:StartQueryExecution"),
    });
    // Every session of the line is refused when its time is over.
    const probes = () => Promise.all(sessions.map((one) => one.probe(plan, signal)));
    await expect
      .poll(async () => (await probes()).map(({ status }) => status), { timeout: 60_000 })
      .toEqual(sessions.map(() => "denied"));
    for (const session of sessions) session.dispose();
  });

  test("is left to the janitor when the grant is over by then", async () => {
    using _held = shop.aws.athena.pace.hold("running");
    const plan = anAthenaPlan();
    const session = await start(plan);
    const watch = watched({ nextLease: () => Promise.reject(new GrantEnded("over")) });
    expect(await session.execute(plan, AbortSignal.timeout(20_000), watch)).toEqual({ status: "aborted" });
    session.dispose();
  });

  test("is waited for with the old session while STS gives no other, and fails in words when that is over", async () => {
    using _held = shop.aws.athena.pace.hold("running");
    const plan = anAthenaPlan();
    const session = await start(plan);
    let asked = 0;
    const watch = watched({
      nextLease: () => {
        asked += 1;
        return Promise.reject(new SessionRefused("throttled", "AWS is throttling."));
      },
    });
    const execution = await session.execute(plan, AbortSignal.timeout(20_000), watch);
    expect(execution).toEqual({ status: "failed", code: "throttled", sentence: "AWS is throttling." });
    expect(asked).toBe(1);
    session.dispose();
  });
});
