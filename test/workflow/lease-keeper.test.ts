import { describe, expect, test } from "vitest";
import { finishRun, recordLease, startRun } from "../../src/request/run.ts";
import { beginRevocation } from "../../src/request/revoke.ts";
import { leaseFacts } from "../../src/workflow/lease-facts.ts";
import { createLeaseKeeper } from "../../src/workflow/lease-keeper.ts";
import type { RunSession } from "../../src/workflow/ports.ts";
import { eventually } from "../fixtures/eventually.ts";
import { aBench, type Bench } from "./a-run.ts";

type Answer = Awaited<ReturnType<RunSession["probe"]>>;

/** A run that is over, whose session's life is over too, and what the keeper does with the session. */
async function kept(answer: Answer, options: { recorded?: boolean } = {}) {
  const bench = await aBench();
  const { deps, store, clock, requestId } = bench;
  const now = clock.now();
  const session = aSession(now, answer);
  const failure = { code: "access-denied", sentence: "AWS refused." };
  become(bench, startRun(store.request, 1, deps.worker, now));
  if (options.recorded ?? true)
    become(bench, recordLease(store.request, 1, deps.worker, leaseFacts(session), now));
  become(bench, finishRun(store.request, 1, { event: "fail", failure }, deps.worker, now));
  become(bench, beginRevocation(store.request, { cause: "failed" }, now));
  await using keeper = createLeaseKeeper(deps);
  keeper.keep({ requestId, run: 1, worker: deps.worker, session, plan: store.request.plan });
  clock.advance(30_000);
  await eventually(() => session.isDisposed);
  await keeper[Symbol.asyncDispose]();
  return store.request;
}

function become({ store }: Bench, outcome: ReturnType<typeof startRun>): void {
  if (outcome.status !== "changed") throw new Error(JSON.stringify(outcome));
  store.become(outcome.request);
}

function aSession(now: Date, answer: Answer): RunSession & { isDisposed: boolean } {
  const session = {
    isDisposed: false,
    asOrdered: true,
    facts: {
      sessionName: "jit-R-1",
      sessionArn: "arn",
      accessKeyId: "ASIA1",
      sourceIdentity: "T.U",
      issuedAt: now,
      issuedLocallyAt: new Date(now.getTime() - 30_000),
      expiresAt: new Date(now.getTime() + 20_000),
      policy: "{}",
      checks: { allowed: 1, denied: 1 },
    },
    execute: () => Promise.reject(new Error("not here")),
    probe: async () => answer,
    dispose: () => {
      session.isDisposed = true;
    },
  };
  return session;
}

describe("the keeper of sessions", () => {
  test("records AWS's refusal as the proof that a session is over", async () => {
    const request = await kept({ status: "denied", detail: "dynamodb:GetItem was refused" });
    expect(request).toMatchObject({
      state: "revoked",
      runs: [{ lease: { end: { proof: "probe-denied", detail: expect.stringContaining("ASIA1") } } }],
    });
  });

  test("takes no refusal for proof of a session that was never allowed anything, and drops it", async () => {
    const request = await kept({ status: "no-proof" });
    expect(request.state).toBe("revoking");
    expect(request.runs[0]?.lease?.end).toBeUndefined();
  });

  test("records a session that nobody could record before, with its end", async () => {
    const request = await kept({ status: "denied", detail: "refused" }, { recorded: false });
    expect(request.runs[0]).toMatchObject({
      lease: { accessKeyId: "ASIA1", end: { proof: "probe-denied" } },
    });
  });
});

test("a probe that fails in a way that nobody foresaw drops the credentials, says so, and ends no process", async () => {
  const { deps, clock, requestId, store } = await aBench();
  const session = aSession(clock.now(), { status: "no-proof" });
  const said: string[] = [];
  const log = { ...deps.log, error: (message: string) => said.push(message) };
  await using keeper = createLeaseKeeper({ ...deps, log });
  const broken = { ...session, probe: () => Promise.reject(new TypeError("not foreseen")) };
  keeper.keep({ requestId, run: 1, worker: deps.worker, session: broken, plan: store.request.plan });
  clock.advance(30_000);
  await eventually(() => session.isDisposed);
  expect(said).toEqual(["a session's end could not be looked at; the sweeper records its expiry"]);
});
