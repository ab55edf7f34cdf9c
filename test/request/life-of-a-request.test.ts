import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findBreak } from "../../src/request/audit-event.ts";
import { cancel, lapse } from "../../src/request/close.ts";
import type { Outcome } from "../../src/request/outcome.ts";
import { type Request, type RequestState } from "../../src/request/request.ts";
import { beginRevocation, completeRevocation, endLease, whatIsUnproven } from "../../src/request/revoke.ts";
import { dueAt } from "../../src/request/due.ts";
import { recordRemoval, withholdRows } from "../../src/request/rows.ts";
import {
  finishRun,
  mayUseLease,
  queueRun,
  recordLease,
  settleResult,
  startRun,
} from "../../src/request/run.ts";
import { tidy } from "../../src/request/tidy.ts";
import { afterRequestEvent, isOpen, type RequestEvent } from "../../src/request/transitions.ts";
import { castVote } from "../../src/request/vote.ts";
import type { GrantTerms } from "../../src/runbook/plan.ts";
import { approver2, aRequest, later, lead, requester, T0 } from "../fixtures/a-request.ts";

const policy = { rule: "orders: member of orders-platform", count: 1 };
const result = {
  rows: 1,
  bytes: 10,
  sha256: "0",
  pages: 1,
  itemsScanned: 1,
  capacityUnits: 0.5,
  durationMs: 12,
};

describe("votes", () => {
  test("one approval that is enough starts the full window at the vote, not at the request", () => {
    const approved = must(castVote(aRequest(), approve(lead), policy, later(3_000)));
    expect(approved.state).toBe("active");
    expect(approved.grant).toEqual({
      startsAt: later(3_000).toISOString(),
      endsAt: later(3_900).toISOString(),
    });
    expect(approved.runs).toMatchObject([{ no: 1, state: "queued" }]);
  });

  test("nobody approves their own request", () => {
    expect(castVote(aRequest(), approve(requester), policy, later(1))).toMatchObject({
      why: { kind: "own-request" },
    });
  });

  test("the same person counts once, however often they press", () => {
    const once = must(castVote(aRequest({ count: 2 }), approve(lead), policy, later(1)));
    expect(once.state).toBe("pending");
    expect(castVote(once, approve(lead), policy, later(2))).toMatchObject({ why: { kind: "already-voted" } });
    expect(must(castVote(once, approve(approver2), policy, later(3))).state).toBe("active");
  });

  test("a policy that asks for more people since then is the one that counts", () => {
    const once = must(
      castVote(
        aRequest({ count: 1 }),
        approve(lead),
        { ...policy, stricter: aRequest({ count: 2 }).approval },
        later(1),
      ),
    );
    expect(once.state).toBe("pending");
  });

  test("a second approval after the decision is told who decided and when", () => {
    const approved = must(castVote(aRequest(), approve(lead), policy, later(1)));
    expect(castVote(approved, approve(approver2), policy, later(1))).toMatchObject({
      why: { kind: "already-decided", by: lead, at: later(1).toISOString() },
    });
  });

  test("an approval one millisecond after the time to live is refused", () => {
    const request = aRequest();
    const edge = new Date(request.lapsesAt);
    expect(castVote(request, approve(lead), policy, new Date(edge.getTime() - 1)).status).toBe("changed");
    expect(castVote(request, approve(lead), policy, edge)).toMatchObject({ why: { kind: "lapsed" } });
  });

  test("one denial ends it with its reason", () => {
    const denied = must(
      castVote(aRequest(), { by: lead, decision: "deny", reason: "use the export" }, policy, later(5)),
    );
    expect(denied).toMatchObject({ state: "denied", closed: { by: lead, reason: "use the export" } });
  });
});

describe("runs", () => {
  test("a run's token is burnt once", () => {
    const started = must(startRun(active(), 1, "w1", later(10)));
    expect(startRun(started, 1, "w2", later(10))).toMatchObject({ why: { kind: "run-not-queued" } });
  });

  test("no run starts at or after the window's end, nor may a session be used there", () => {
    const request = active();
    const end = new Date(request.grant?.endsAt ?? "");
    expect(startRun(request, 1, "w1", end)).toMatchObject({ why: { kind: "window-over" } });
    const started = must(startRun(request, 1, "w1", new Date(end.getTime() - 1)));
    const leased = must(recordLease(started, 1, "w1", aLease(), end));
    expect(mayUseLease(leased, 1, "w1", new Date(end.getTime() - 1))).toBe(true);
    expect(mayUseLease(leased, 1, "w1", end)).toBe(false);
    expect(mayUseLease(leased, 1, "w2", later(11))).toBe(false);
  });

  test("a window runs again one at a time, up to its cap; a stranger never", () => {
    const request = succeeded(active({ kind: "window", maxRuns: 2 }));
    expect(queueRun(request, lead, later(60))).toMatchObject({ why: { kind: "not-yours" } });
    const again = must(queueRun(request, requester, later(60)));
    expect(queueRun(again, requester, later(61))).toMatchObject({ why: { kind: "run-in-progress", run: 2 } });
    const twice = succeeded(again, 2);
    expect(queueRun(twice, requester, later(62))).toMatchObject({ why: { kind: "no-runs-left", max: 2 } });
  });

  test("only the worker that started a run may end it", () => {
    const started = must(startRun(active(), 1, "w1", later(10)));
    expect(finishRun(started, 1, { event: "succeed", result }, "w2", later(11)).status).toBe("refused");
  });

  test("where the rows went is said once", () => {
    const settled = must(
      settleResult(
        succeeded(active()),
        1,
        { status: "delivered", at: T0.toISOString(), as: "table" },
        later(20),
      ),
    );
    expect(settleResult(settled, 1, { status: "lost", at: "", why: "" }, later(21)).status).toBe("refused");
  });
});

describe("the end of access", () => {
  test("a grant is revoked only when no run is open and every session is proven dead", () => {
    const running = must(startRun(active(), 1, "w1", later(10)));
    const leased = must(recordLease(running, 1, "w1", aLease(), later(10)));
    const revoking = must(
      beginRevocation(leased, { cause: "revoked", by: lead, reason: "wrong table" }, later(11)),
    );
    expect(whatIsUnproven(revoking)).toEqual(["run 1 is still stopping"]);
    expect(completeRevocation(revoking, later(12)).status).toBe("refused");
    const failure = { code: "grant-ended", sentence: "stopped" };
    const stopped = must(finishRun(revoking, 1, { event: "stop", failure }, "w1", later(12)));
    expect(whatIsUnproven(stopped)).toEqual(["the session of run 1 is not proven dead yet"]);
    const ended = must(
      endLease(
        stopped,
        1,
        aLease().accessKeyId,
        { at: later(40).toISOString(), proof: "probe-denied", detail: "refused" },
        later(40),
      ),
    );
    const revoked = must(completeRevocation(ended, later(40)));
    expect(revoked.state).toBe("revoked");
    expect(revoked.events.at(-1)?.fact).toEqual({
      type: "access.revoked",
      cause: "revoked",
      livedSeconds: 40,
    });
  });

  test("once revocation began no run starts; a session that STS gave all the same is recorded, and not to be used", () => {
    const running = must(startRun(active(), 1, "w1", later(10)));
    const revoking = must(beginRevocation(running, { cause: "ended", by: requester }, later(11)));
    const leased = must(recordLease(revoking, 1, "w1", aLease(), later(11)));
    expect(mayUseLease(leased, 1, "w1", later(11))).toBe(false);
    const failure = { code: "grant-ended", sentence: "stopped" };
    const stopped = must(finishRun(leased, 1, { event: "stop", failure }, "w1", later(12)));
    expect(whatIsUnproven(stopped)).toEqual(["the session of run 1 is not proven dead yet"]);
    expect(recordLease(running, 1, "w2", aLease(), later(11))).toMatchObject({
      why: { kind: "run-not-running" },
    });
    const queued = must(beginRevocation(active(), { cause: "ended", by: requester }, later(11)));
    expect(queued.runs).toMatchObject([{ state: "stopped" }]);
  });

  test("every session of a run has its own end, also one that was never used", () => {
    const unused = { ...aLease(), accessKeyId: "ASIAUNUSED" };
    const running = must(startRun(active(), 1, "w1", later(10)));
    const first = must(recordLease(running, 1, "w1", unused, later(10)));
    expect(recordLease(first, 1, "w1", unused, later(10)).status).toBe("refused");
    const second = must(recordLease(first, 1, "w1", aLease(), later(11)));
    expect(second.runs[0]).toMatchObject({
      lease: { accessKeyId: "ASIAEXAMPLE" },
      earlierLeases: [{ accessKeyId: "ASIAUNUSED" }],
    });
    const done = must(
      beginRevocation(
        must(finishRun(second, 1, { event: "succeed", result }, "w1", later(12))),
        { cause: "completed" },
        later(12),
      ),
    );
    const proof = { at: later(41).toISOString(), proof: "probe-denied", detail: "refused" } as const;
    const half = must(endLease(done, 1, "ASIAEXAMPLE", proof, later(41)));
    expect(completeRevocation(half, later(41)).status).toBe("refused");
    expect(dueAt(half)).toBe(later(42).toISOString());
    const ended = must(tidy(half, undefined, later(60), later(60)));
    expect(ended).toMatchObject({
      state: "revoked",
      runs: [{ earlierLeases: [{ end: { proof: "expired" } }], lease: { end: { proof: "probe-denied" } } }],
    });
  });
});

describe("rows on their way", () => {
  const reason = "wrong customer";

  test("are withheld by whoever may end the access, also when their run has ended its grant", () => {
    const done = must(beginRevocation(succeeded(active()), { cause: "completed" }, later(12)));
    const withheld = must(withholdRows(done, { by: lead, reason }, later(13)));
    expect(withheld.runs[0]?.delivery).toMatchObject({ status: "withheld", by: lead, reason });
    expect(withheld.events.at(-1)).toMatchObject({
      actor: { kind: "person", id: lead },
      fact: { type: "result.settled" },
    });
    expect(withholdRows(withheld, { by: lead }, later(14)).status).toBe("refused");
  });

  test("that Slack had taken when they were withheld are recorded as delivered, and have to leave at once", () => {
    const done = must(beginRevocation(succeeded(active()), { cause: "completed" }, later(12)));
    const withheld = must(withholdRows(done, { by: lead, reason }, later(13)));
    const at = later(14).toISOString();
    const arrived = must(settleResult(withheld, 1, { status: "delivered", at, as: "table" }, later(14)));
    expect(arrived.runs[0]?.delivery).toMatchObject({ status: "delivered", recalled: true });
    const removed = must(recordRemoval(arrived, [], later(15)));
    expect(removed.runs[0]?.delivery).toHaveProperty("removedAt");
    expect(recordRemoval(removed, [], later(16)).status).toBe("refused");
  });
});

describe("what time alone does", () => {
  test("a pending request lapses at its time and not before", () => {
    const request = aRequest();
    expect(tidy(request, undefined, new Date(Date.parse(request.lapsesAt) - 1)).status).toBe("refused");
    expect(must(tidy(request, undefined, new Date(request.lapsesAt))).state).toBe("lapsed");
  });

  test("an approved grant that nobody used ends with its window, proven at once since no session was made", () => {
    const ended = must(tidy(active(), undefined, later(1_000)));
    expect(ended).toMatchObject({
      state: "revoked",
      revocation: { cause: "expired" },
      runs: [{ state: "stopped" }],
    });
  });

  test("a dead worker's run becomes unknown, then failed, and its session is proven dead by its expiry", () => {
    const running = must(
      recordLease(must(startRun(active(), 1, "w1", later(10))), 1, "w1", aLease(), later(10)),
    );
    const beats = { 1: later(20).toISOString() };
    expect(tidy(running, beats, later(45)).status).toBe("refused");
    const ended = must(tidy(running, beats, later(60), later(60)));
    expect(ended).toMatchObject({
      state: "revoked",
      runs: [{ state: "failed", lease: { end: { proof: "expired" } } }],
    });
    const types = ended.events.map((event) => event.fact.type);
    expect(types.slice(-5)).toEqual([
      "run.unknown",
      "run.failed",
      "lease.ended",
      "revocation.started",
      "access.revoked",
    ]);
  });

  test("a session is written off by AWS's clock, also on a host that is ahead of it or behind", () => {
    for (const skewSeconds of [600, -600]) {
      // What STS answers is by AWS's clock; everything else here is by the host's.
      const lease = {
        ...aLease(),
        expiresAt: later(40 - skewSeconds).toISOString(),
        localExpiresAt: later(40).toISOString(),
      };
      const running = must(
        recordLease(must(startRun(active(), 1, "w1", later(10))), 1, "w1", lease, later(10)),
      );
      const done = must(finishRun(running, 1, { event: "succeed", result }, "w1", later(12)));
      const aws = later(55 - skewSeconds);
      const early = must(tidy(done, undefined, new Date(later(55).getTime() - 1), aws));
      expect(early.state).toBe("revoking");
      expect(early.runs[0]?.lease).not.toHaveProperty("end");
      const ended = must(tidy(done, undefined, later(55), aws));
      expect(ended).toMatchObject({ state: "revoked", runs: [{ lease: { end: { proof: "expired" } } }] });
    }
  });

  test("a session is never written off by a host whose clock leapt ahead, nor while AWS does not say what time it is", () => {
    const running = must(
      recordLease(must(startRun(active(), 1, "w1", later(10))), 1, "w1", aLease(), later(10)),
    );
    const done = must(finishRun(running, 1, { event: "succeed", result }, "w1", later(12)));
    const anHourAhead = later(3_600);
    const over = new Date(Date.parse(aLease().expiresAt) + 1_000);
    for (const aws of [undefined, new Date(over.getTime() - 1)]) {
      const early = must(tidy(done, undefined, anHourAhead, aws));
      expect(early.state).toBe("revoking");
      expect(early.runs[0]?.lease).not.toHaveProperty("end");
    }
    expect(must(tidy(done, undefined, anHourAhead, over)).state).toBe("revoked");
  });

  test("a window is open to its last millisecond, and ends with it", () => {
    const request = active({ kind: "window", maxRuns: 5 });
    const end = new Date(request.grant?.endsAt ?? "");
    const lastMs = must(tidy(succeeded(request), undefined, new Date(end.getTime() - 1)));
    expect(lastMs.state).toBe("active");
    expect(must(tidy(request, undefined, end)).revocation).toMatchObject({ cause: "expired" });
  });

  test("a run is not kept alive by the worker of another one", () => {
    const first = must(startRun(active({ kind: "window", maxRuns: 5 }), 1, "w1", later(1)));
    const again = must(queueRun(must(tidy(first, undefined, later(40))), requester, later(41)));
    const second = must(startRun(again, 2, "w2", later(42)));
    const beats = { 1: later(110).toISOString() };
    expect(must(tidy(second, beats, later(111))).runs).toMatchObject([
      { state: "failed" },
      { state: "failed" },
    ]);
  });

  test("rows whose worker died before they were delivered are called lost", () => {
    const tidied = must(tidy(succeeded(active()), undefined, later(100)));
    expect(tidied.runs).toMatchObject([{ delivery: { status: "lost" } }]);
  });
});

describe("the table of transitions", () => {
  const table: Record<RequestState, RequestEvent[]> = {
    pending: ["approve", "deny", "cancel", "lapse"],
    active: ["end"],
    revoking: ["prove"],
    revoked: [],
    denied: [],
    cancelled: [],
    lapsed: [],
  };
  const events: RequestEvent[] = ["approve", "deny", "cancel", "lapse", "end", "prove"];
  for (const state of Object.keys(table) as RequestState[]) {
    for (const event of events) {
      const possible = table[state].includes(event);
      test(`${state} ${possible ? "can" : "can't"} ${event}`, () => {
        expect(afterRequestEvent(state, event) !== undefined).toBe(possible);
      });
    }
    test(`${state} is ${table[state].length > 0 ? "" : "not "}open`, () => {
      expect(isOpen(state)).toBe(table[state].length > 0);
    });
  }
});

describe("the audit chain", () => {
  test("holds after any sequence of acts, and a flipped, removed or moved event is named", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...acts), { maxLength: 12 }), fc.nat(), (sequence, pick) => {
        let request = aRequest({ count: 2, grant: { kind: "window", maxRuns: 3 } });
        let seconds = 1;
        for (const act of sequence) {
          const outcome = act(request, later((seconds += 7)));
          if (outcome.status === "changed") request = outcome.request;
        }
        const { id, events } = request;
        expect(findBreak(id, events)).toBeUndefined();
        const victim = pick % events.length;
        const flipped = events.map((e, i) => (i === victim ? { ...e, at: `${e.at.slice(0, -1)}!` } : e));
        expect(findBreak(id, flipped)?.seq).toBe(victim);
        const removed = events.filter((_, i) => i !== victim);
        if (victim < events.length - 1) expect(findBreak(id, removed)?.seq).toBe(victim);
        if (events.length > 1) expect(findBreak(id, events.toReversed())?.seq).toBe(0);
        expect(findBreak("another", events)?.seq).toBe(0);
      }),
    );
  });

  test("no sequence of acts starts a grant without enough distinct approvers", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...acts), { maxLength: 20 }), (sequence) => {
        let request = aRequest({ count: 2 });
        let seconds = 1;
        for (const act of sequence) {
          const outcome = act(request, later((seconds += 7)));
          if (outcome.status === "changed") request = outcome.request;
          const people = new Set(
            request.votes.filter((v) => v.decision === "approve").map((v) => v.by.userId),
          );
          if (request.grant) expect(people.size).toBeGreaterThanOrEqual(2);
          expect(people.has(requester.userId)).toBe(false);
        }
      }),
    );
  });
});

const acts: ((request: Request, now: Date) => Outcome)[] = [
  (request, now) => castVote(request, approve(lead), policy, now),
  (request, now) => castVote(request, approve(approver2), policy, now),
  (request, now) => castVote(request, approve(requester), policy, now),
  (request, now) => castVote(request, { by: approver2, decision: "deny", reason: "no" }, policy, now),
  (request, now) => cancel(request, requester, now),
  (request, now) => lapse(request, now),
  (request, now) => queueRun(request, requester, now),
  (request, now) => startRun(request, request.runs.length, "w1", now),
  (request, now) => recordLease(request, request.runs.length, "w1", aLease(), now),
  (request, now) => finishRun(request, request.runs.length, { event: "succeed", result }, "w1", now),
  (request, now) => beginRevocation(request, { cause: "ended", by: requester }, now),
  (request, now) => tidy(request, undefined, now, now),
];

function must(outcome: Outcome): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${JSON.stringify(outcome.why)}`);
  return outcome.request;
}

function approve(by: typeof lead) {
  return { by, decision: "approve" } as const;
}

function active(grant: Partial<GrantTerms> = {}): Request {
  return must(castVote(aRequest({ grant }), approve(lead), policy, T0));
}

function succeeded(request: Request, no = 1): Request {
  const started = must(startRun(request, no, "w1", later(10)));
  return must(finishRun(started, no, { event: "succeed", result }, "w1", later(11)));
}

function aLease() {
  return {
    sessionName: "jit-R0000000000000001-1",
    sessionArn: "arn:aws:sts::111122223333:assumed-role/jit-data-dynamodb-read/jit-R0000000000000001-1",
    accessKeyId: "ASIAEXAMPLE",
    sourceIdentity: "T0SANDBOX.U0ONCALL",
    issuedAt: later(10).toISOString(),
    expiresAt: later(40).toISOString(),
    localExpiresAt: later(40).toISOString(),
    policyDigest: "p".repeat(64),
    checks: { allowed: 1, denied: 20 },
  };
}
