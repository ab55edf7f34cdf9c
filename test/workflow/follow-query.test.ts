import { describe, expect, test } from "vitest";
import { beginRevocation } from "../../src/request/revoke.ts";
import { startRun } from "../../src/request/run.ts";
import { followQuery } from "../../src/workflow/follow-query.ts";
import { GrantEnded } from "../../src/workflow/grant-ended.ts";
import type { SessionOrder } from "../../src/workflow/ports.ts";
import { SessionRefused } from "../../src/workflow/session-refused.ts";
import { lead } from "../fixtures/a-request.ts";
import { aBench } from "./a-run.ts";

const query =
  "SELECT customer_id FROM customers WHERE dt = '2026-11-20' AND status = 'CLOSED' ORDER BY customer_id LIMIT 5";
const aWindow = { kind: "window", durationMinutes: 15, maxRuns: 3 } as const;

/** A run under way whose query is with Athena, and whose first session is over. */
async function underWay() {
  const bench = await aBench({ query, grant: aWindow });
  const { deps, store, clock, requestId } = bench;
  const started = await store.change(requestId, (request) => startRun(request, 1, deps.worker, clock.now()));
  if (started.status !== "changed") throw new Error("the run was not started");
  const orders: SessionOrder[] = [];
  /** What STS's clock says when the policy is made, and when its session ends. */
  const times = { ofPolicy: (expiresAt: Date, stsNow: Date) => [expiresAt, stsNow] as const };
  const issue: typeof deps.sessions.issue = (order) => {
    orders.push(order);
    return deps.sessions.issue({
      ...order,
      policyFor: (expiresAt, stsNow) => order.policyFor(...times.ofPolicy(expiresAt, stsNow)),
    });
  };
  const follow = () =>
    followQuery({ ...deps, sessions: { issue } }, started.request, 1, {
      queryExecutionId: "0b8f7f3e-5a0b-4c63-9d7c-6f0f4a1d2e3f",
      signal: new AbortController().signal,
      issued: [],
    });
  return { ...bench, orders, times, follow };
}

describe("the next session of a query that outlives its session", () => {
  test("lives two minutes, and never longer than the window (invariant 4)", async () => {
    const early = await underWay();
    await early.follow();
    expect(early.orders).toMatchObject([{ maxLifeMs: 120_000 }]);

    const late = await underWay();
    const endsAt = Date.parse(late.store.request.grant?.endsAt ?? "");
    late.clock.advance(14 * 60_000);
    await late.follow();
    const [order] = late.orders;
    expect(order?.maxLifeMs).toBeGreaterThan(0);
    expect(order?.maxLifeMs).toBeLessThanOrEqual(60_000);
    const { lease } = late.store.request.runs[0] ?? {};
    expect(Date.parse(lease?.localExpiresAt ?? "")).toBeLessThanOrEqual(endsAt);
  });

  test("is not asked of STS once the grant has ended", async () => {
    const { store, clock, asked, follow } = await underWay();
    const ended = beginRevocation(store.request, { cause: "revoked", by: lead }, clock.now());
    if (ended.status === "changed") store.become(ended.request);
    await expect(follow()).rejects.toBeInstanceOf(GrantEnded);
    expect(asked).not.toContain("issue");
    expect(asked).not.toContain("keep");
  });

  test("is not had where its policy is not proven to wait and do nothing else (invariant 3)", async () => {
    const { times, asked, store, follow } = await underWay();
    // By STS's time the session would be over before it begins, so that what has to be allowed is denied.
    times.ofPolicy = (expiresAt) => [expiresAt, new Date(expiresAt.getTime() + 1_000)];
    const refused: unknown = await follow().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionRefused);
    expect(refused).toMatchObject({ code: "not-proven", message: expect.stringContaining("not read") });
    expect(asked).not.toContain("keep");
    expect(store.request.runs[0]).not.toHaveProperty("lease");
  });
});
