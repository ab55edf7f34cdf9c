import { describe, expect, test } from "vitest";
import { dueAt } from "../../src/request/due.ts";
import type { Outcome } from "../../src/request/outcome.ts";
import { endQuery, mustBeStopped, recordQuery, settleAbandoned } from "../../src/request/query.ts";
import type { QueryEnd, Request } from "../../src/request/request.ts";
import { beginRevocation, completeRevocation, endLease, whatIsUnproven } from "../../src/request/revoke.ts";
import { finishRun, queueRun, recordLease, startRun } from "../../src/request/run.ts";
import { tidy } from "../../src/request/tidy.ts";
import { castVote } from "../../src/request/vote.ts";
import type { GrantTerms } from "../../src/runbook/plan.ts";
import { aRequest, later, lead, requester, T0 } from "../fixtures/a-request.ts";

const query = { queryExecutionId: "q-1", workgroup: "jit-cloudtrail" };
const failure = { code: "timeout", sentence: "Too slow." };
const mustStop = (request: Request) => request.runs.some((run) => mustBeStopped(request, run));

describe("an Athena query of a run", () => {
  test("is recorded with its id and workgroup, once, by the worker of the run", () => {
    const recorded = queried();
    expect(recorded.runs[0]?.query).toEqual({ ...query, startedAt: later(12).toISOString() });
    expect(recorded.events.at(-1)).toMatchObject({
      actor: { kind: "worker", id: "w1" },
      fact: { type: "query.started", run: 1, ...query },
    });
    expect(recordQuery(recorded, 1, "w1", query, later(13)).status).toBe("refused");
    expect(recordQuery(running(), 1, "w2", query, later(13)).status).toBe("refused");
  });

  test("is recorded although the grant has just ended, so that it can be stopped", () => {
    const revoking = must(beginRevocation(running(), { cause: "revoked", by: lead }, later(11)));
    const recorded = must(recordQuery(revoking, 1, "w1", query, later(12)));
    expect(recorded.state).toBe("revoking");
    expect(mustStop(recorded)).toBe(true);
  });

  test("is nobody's to stop while its grant lives and its worker waits for it", () => {
    expect(mustStop(queried())).toBe(false);
    expect(mustStop(must(endQuery(queried(), 1, "SUCCEEDED", later(13))))).toBe(false);
    expect(mustStop(must(beginRevocation(queried(), { cause: "ended", by: requester }, later(13))))).toBe(
      true,
    );
    expect(mustStop(must(finishRun(queried(), 1, { event: "fail", failure }, "w1", later(13))))).toBe(true);
  });

  test("whose end is not known keeps its grant from being called revoked", () => {
    const failed = must(finishRun(queried(), 1, { event: "fail", failure }, "w1", later(13)));
    const revoking = must(beginRevocation(failed, { cause: "failed" }, later(13)));
    const dead = must(
      endLease(
        revoking,
        1,
        "ASIAEXAMPLE",
        { at: later(50).toISOString(), proof: "expired", detail: "" },
        later(50),
      ),
    );
    expect(whatIsUnproven(dead)).toEqual(["the query of run 1 is not known to have ended"]);
    expect(completeRevocation(dead, later(51)).status).toBe("refused");
    expect(dueAt(dead, undefined)).toBe(later(12).toISOString());
    const ended = must(endQuery(dead, 1, "CANCELLED", later(51)));
    expect(ended.runs[0]?.query?.ended).toEqual({ at: later(51).toISOString(), state: "CANCELLED" });
    expect(must(completeRevocation(ended, later(51))).state).toBe("revoked");
    expect(endQuery(ended, 1, "CANCELLED", later(52)).status).toBe("refused");
  });
});

describe("a dead worker's run with a query under way", () => {
  test("becomes unknown and stays so, whatever time goes by, until AWS was asked", () => {
    const lost = must(tidy(queried(), undefined, later(60), later(60)));
    expect(lost).toMatchObject({
      state: "revoking",
      runs: [{ state: "unknown", failure: { code: "worker-lost" } }],
    });
    expect(lost.events.map(({ fact }) => fact.type)).not.toContain("run.failed");
    expect(tidy(lost, undefined, later(6_000), later(6_000)).status).toBe("refused");
    expect(whatIsUnproven(lost)).toContain("the query of run 1 is not known to have ended");
    expect(mustStop(lost)).toBe(true);
  });

  test.each<[QueryEnd, string]>([
    ["SUCCEEDED", "rows were lost with the worker"],
    ["FAILED", "failed in Athena"],
    ["CANCELLED", "was stopped"],
  ])("that AWS ended as %s has failed, and says so", (end, words) => {
    const settled = must(
      settleAbandoned(must(tidy(queried(), undefined, later(60), later(60))), 1, end, later(61)),
    );
    expect(settled.runs[0]).toMatchObject({ state: "failed", query: { ended: { state: end } } });
    expect(settled.runs[0]?.failure?.sentence).toContain(words);
    expect(settled.events.slice(-2).map(({ fact }) => fact.type)).toEqual(["query.ended", "run.failed"]);
    expect(must(completeRevocation(settled, later(61))).state).toBe("revoked");
  });

  test("keeps a window from running again before that is known", () => {
    const lost = must(tidy(queried({ kind: "window", maxRuns: 3 }), undefined, later(60)));
    expect(lost.state).toBe("active");
    expect(queueRun(lost, requester, later(61))).toMatchObject({ why: { kind: "run-in-progress", run: 1 } });
    const settled = must(settleAbandoned(lost, 1, "CANCELLED", later(61)));
    expect(queueRun(settled, requester, later(62)).status).toBe("changed");
  });

  test("that had already seen its query end fails at once, like a read in pages", () => {
    const seen = must(endQuery(queried(), 1, "SUCCEEDED", later(13)));
    expect(must(tidy(seen, undefined, later(60))).runs[0]?.state).toBe("failed");
  });

  test("of a run that ended otherwise records the query's end alone", () => {
    const failed = must(finishRun(queried(), 1, { event: "fail", failure }, "w1", later(13)));
    expect(must(settleAbandoned(failed, 1, "CANCELLED", later(14))).runs[0]).toMatchObject({
      state: "failed",
      failure,
    });
  });
});

function running(grant: Partial<GrantTerms> = {}): Request {
  const active = must(castVote(aRequest({ grant }), { by: lead, decision: "approve" }, { rule: "r" }, T0));
  return must(startRun(active, 1, "w1", later(10)));
}

/** With a session and a query. */
function queried(grant: Partial<GrantTerms> = {}): Request {
  const lease = {
    sessionName: "jit-R0000000000000001-1",
    sessionArn: "arn:aws:sts::111122223333:assumed-role/jit-data-athena-read/jit-R0000000000000001-1",
    accessKeyId: "ASIAEXAMPLE",
    sourceIdentity: "T0SANDBOX.U0ONCALL",
    issuedAt: later(10).toISOString(),
    expiresAt: later(40).toISOString(),
    localExpiresAt: later(40).toISOString(),
    policyDigest: "p".repeat(64),
    checks: { allowed: 1, denied: 20 },
  };
  const leased = must(recordLease(running(grant), 1, "w1", lease, later(11)));
  return must(recordQuery(leased, 1, "w1", query, later(12)));
}

function must(outcome: Outcome): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${JSON.stringify(outcome.why)}`);
  return outcome.request;
}
