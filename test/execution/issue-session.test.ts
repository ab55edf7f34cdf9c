import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { provePlan } from "../../src/workflow/prove-plan.ts";
import { SessionRefused } from "../../src/workflow/session-refused.ts";
import { eventually } from "../fixtures/eventually.ts";
import { aWorkshop, planOf, type Workshop } from "./a-session.ts";

describe("a session for one run", () => {
  let shop: Workshop;

  beforeAll(async () => {
    shop = await aWorkshop();
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());
  afterEach(() => shop.aws.faults.clear());

  async function refusal(open: Promise<unknown>): Promise<SessionRefused> {
    const error = await open.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SessionRefused);
    return error as SessionRefused;
  }

  // Wire codes as STS sends them; what the SDK makes of them is its own affair.
  test.each([
    ["PackedPolicyTooLarge", 400, "policy-too-large", 1],
    ["MalformedPolicyDocument", 400, "malformed-policy", 1],
    ["RegionDisabledException", 403, "region-disabled", 1],
    ["ValidationError", 400, "invalid-call", 1],
    ["AccessDenied", 403, "access-denied", 1],
    ["ExpiredToken", 403, "own-credentials-expired", 1],
    ["ExpiredTokenException", 400, "own-credentials-expired", 1],
    ["InvalidClientTokenId", 403, "own-credentials-invalid", 1],
    ["UnrecognizedClientException", 403, "credentials-invalid", 1],
    ["TooManyRequestsException", 429, "throttled", 3],
    ["Throttling", 400, "throttled", 3],
    ["ThrottlingException", 400, "throttled", 3],
    ["InternalFailure", 500, "unavailable", 1],
    ["ServiceUnavailable", 503, "unavailable", 1],
    ["SomethingNew", 400, "failed", 1],
  ])("STS's %s (%i) is told as %s, after %i attempts", async (code, status, told, attempts) => {
    await shop.open(planOf()).then((session) => session.dispose());
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    shop.aws.faults.add({
      service: "sts",
      operation: "AssumeRole",
      effect: { kind: "error", code, status, message: "secret detail" },
    });
    const error = await refusal(shop.open(planOf()));
    expect(error.code).toBe(told);
    expect(error.message).toMatch(/^[A-Z].*\.$/);
    expect(error.message).not.toContain("secret detail");
    expect(shop.aws.calls.query({ operation: "AssumeRole", after })).toHaveLength(attempts);
  });

  test("a connection that is cut is not tried again: STS may have made a session that nobody got", async () => {
    await shop.open(planOf()).then((session) => session.dispose());
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    shop.aws.faults.add({
      service: "sts",
      operation: "AssumeRole",
      times: 1,
      effect: { kind: "reset", when: "after" },
    });
    const error = await refusal(shop.open(planOf()));
    expect(error.code).toBe("timeout");
    expect(shop.aws.calls.query({ operation: "AssumeRole", after })).toHaveLength(1);
  });

  test("a connection that is cut while STS is asked for its time is tried again, and the session is had", async () => {
    await using fresh = await aWorkshop();
    fresh.aws.faults.add({
      service: "sts",
      operation: "GetCallerIdentity",
      times: 1,
      effect: { kind: "reset", when: "before" },
    });
    const session = await fresh.open(planOf());
    expect(session.facts.sessionName).toBe("jit-R0000000000000001-1");
    session.dispose();
  });

  test("a role that does not trust the bot under this external id gives no session", async () => {
    const error = await refusal(shop.open(planOf({ target: { externalId: "another-tenant" } })));
    expect(error.code).toBe("access-denied");
    expect(error.message).toContain("trust");
  });

  test("a role that is not there gives no session", async () => {
    const role = "arn:aws:iam::111122223333:role/jit-data-gone";
    const error = await refusal(shop.open(planOf({ target: { role } })));
    expect(error.code).toBe("access-denied");
  });

  test.each([
    [
      "of another shape",
      "policy-refused",
      (policy: string) => policy.replace("dynamodb:Query", "dynamodb:*"),
    ],
    ["for another partition", "not-proven", (policy: string) => policy.replace("PAID", "SHIPPED")],
    [
      "with one attribute more",
      "not-proven",
      (policy: string) => policy.replace('"order_id"', '"order_id","email"'),
    ],
  ])("a policy %s is refused as %s, and STS is asked for nothing", async (_, code, changed) => {
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    const plan = planOf();
    expect(changed(plan.sessionPolicy)).not.toBe(plan.sessionPolicy);
    const error = await refusal(shop.open({ ...plan, sessionPolicy: changed(plan.sessionPolicy) }));
    expect(error.code).toBe(code);
    expect(shop.aws.calls.query({ operation: "AssumeRole", after })).toEqual([]);
  });

  test("an abort while STS answers does not cut it short: the session it gives is known, and can be recorded", async () => {
    shop.aws.faults.add({
      service: "sts",
      operation: "AssumeRole",
      times: 1,
      effect: { kind: "latency", latencyMs: 300 },
    });
    const stop = new AbortController();
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    const opening = shop.open(planOf(), stop.signal);
    await eventually(() => shop.aws.faults.list().length === 0);
    stop.abort();
    const session = await opening;
    session.dispose();
    const [issued] = shop.aws.calls.query({ operation: "AssumeRole", after });
    expect(issued?.issued?.accessKeyId).toBe(session.facts.accessKeyId);
  });

  test("an abort before STS is asked is an abort, not a refusal, and STS is asked for nothing", async () => {
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    await expect(shop.open(planOf(), AbortSignal.abort())).rejects.not.toBeInstanceOf(SessionRefused);
    expect(shop.aws.calls.query({ operation: "AssumeRole", after })).toEqual([]);
  });

  test("a session that was denied from its first call is not probed: its refusal would prove nothing", async () => {
    const plan = planOf();
    const session = await shop.open(plan);
    shop.aws.faults.add({
      service: "dynamodb",
      operation: "Query",
      times: 1,
      effect: { kind: "error", code: "AccessDeniedException", status: 400 },
    });
    const { signal } = new AbortController();
    const watch = {
      progress: () => {},
      queryStarted: async () => {},
      nextLease: async () => "last" as const,
    };
    expect(await session.execute(plan, signal, watch)).toMatchObject({ status: "failed" });
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    expect(await session.probe(plan, signal)).toEqual({ status: "no-proof" });
    expect(shop.aws.calls.query({ service: "dynamodb", after })).toEqual([]);
    session.dispose();
  });

  test("says when it ends by STS's clock, whatever the host's clock says", async () => {
    await using skewed = await aWorkshop({ now: () => new Date(Date.now() + 3_600_000) });
    const session = await skewed.open(planOf({ limits: { timeoutSeconds: 5 } }));
    const { facts } = session;
    session.dispose();
    const lifeMs = facts.expiresAt.getTime() - facts.issuedAt.getTime();
    expect(Math.abs(facts.issuedAt.getTime() - Date.now())).toBeLessThan(5_000);
    expect(lifeMs).toBeLessThanOrEqual(16_000);
    expect(lifeMs).toBeGreaterThan(5_000);
    expect(skewed.aws.calls.query({ operation: "AssumeRole" })).toHaveLength(1);
  });

  test("lives no longer because STS took long to say what time it is", async () => {
    await using slow = await aWorkshop();
    slow.aws.faults.add({
      service: "sts",
      operation: "GetCallerIdentity",
      times: 1,
      effect: { kind: "latency", latencyMs: 2_500 },
    });
    const orderedAt = slow.aws.clock.now().getTime();
    const session = await slow.open(planOf({ limits: { timeoutSeconds: 5 } }));
    session.dispose();
    expect(session.facts.expiresAt.getTime()).toBeLessThanOrEqual(orderedAt + 15_000);
    expect(session.asOrdered).toBe(true);
  });

  test("a session that AWS's clock, set meanwhile, gave another life says so, and the next one comes out as ordered", async () => {
    await using shifty = await aWorkshop();
    const plan = planOf();
    let setMs = 10_000;
    const open = () =>
      shifty.issuer.issue({
        plan,
        run: 1,
        maxLifeMs: 30_000,
        // Asked once STS has told its time, and before it is asked for the session.
        policyFor: (expiresAt, now) => {
          shifty.aws.clock.advance(setMs);
          return provePlan(plan, expiresAt, now);
        },
        signal: new AbortController().signal,
      });
    const first = await open();
    first.dispose();
    expect(first.asOrdered).toBe(false);
    setMs = 0;
    const second = await open();
    second.dispose();
    expect(second.asOrdered).toBe(true);
  });

  test("a clock that is set between two runs changes nothing: sessions go by STS's", async () => {
    let aheadMs = 0;
    await using shifty = await aWorkshop({ now: () => new Date(Date.now() + aheadMs) });
    (await shifty.open(planOf())).dispose();
    aheadMs = 600_000;
    const session = await shifty.open(planOf());
    session.dispose();
    const [, until] = /"aws:CurrentTime":"([^"]+)"/.exec(session.facts.policy) ?? [];
    expect(Date.parse(until ?? "") - Date.now()).toBeLessThan(33_000);
    expect(shifty.aws.calls.query({ operation: "AssumeRole" })).toHaveLength(2);
  });
});
