import { describe, expect, test } from "vitest";
import { dueAt } from "../../src/request/due.ts";
import { type AuditEvent, nextEvent } from "../../src/request/audit-event.ts";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import {
  failLook,
  lookDueAt,
  LOOK_RUN,
  recordLookLease,
  recordSight,
  startLook,
} from "../../src/request/look.ts";
import type { Outcome } from "../../src/request/outcome.ts";
import type { Request } from "../../src/request/request.ts";
import { beginRevocation, completeRevocation, endLease, whatIsUnproven } from "../../src/request/revoke.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import { digest } from "../../src/runbook/digest.ts";
import { aRequest, later, lead, T0 } from "../fixtures/a-request.ts";
import { aWritePlan, seenImage } from "../fixtures/a-write.ts";

function unseen(): Request {
  const { approval, reason } = aRequest();
  return submit({ plan: aWritePlan({ status: "to-be-read" }), reason, approval, pendingMinutes: 60 }, T0);
}

function changed(outcome: Outcome): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${outcome.why.kind}`);
  return outcome.request;
}

/** The same record with the vote moved before what was seen, its chain computed anew. */
function votedFirst(request: Request): Request {
  const isVote = ({ fact }: AuditEvent) => fact.type === "vote.approved";
  const [submitted, ...rest] = request.events.filter((event) => !isVote(event));
  const events: AuditEvent[] = [];
  for (const { at, actor, fact } of [submitted!, ...request.events.filter(isVote), ...rest])
    events.push(nextEvent(request.id, events, at, actor, fact));
  return { ...request, events };
}

const read = aWritePlan({ status: "read", at: T0.toISOString(), image: seenImage });
const approve = (request: Request) =>
  castVote(request, { by: lead, decision: "approve" }, { rule: "orders" }, later(2));
const seen = () => changed(recordSight(changed(startLook(unseen(), "w1", T0)), read, "w1", later(1)));

describe("the look before a write is judged", () => {
  test("comes first: nobody approves before, whoever denies may", () => {
    expect(approve(unseen())).toEqual({ status: "refused", why: { kind: "not-looked-at" } });
    const denied = castVote(
      unseen(),
      { by: lead, decision: "deny", reason: "no" },
      { rule: "orders" },
      later(1),
    );
    expect(denied.status).toBe("changed");
    expect(changed(approve(seen())).state).toBe("active");
  });

  test("is taken by one worker; another takes it over when that one is silent, three times in all", () => {
    let request = changed(startLook(unseen(), "w1", T0));
    expect(startLook(request, "w2", later(29)).status).toBe("refused");
    request = changed(startLook(request, "w2", later(30)));
    expect(recordSight(request, read, "w1", later(31)).status).toBe("refused");
    request = changed(startLook(request, "w3", later(60)));
    request = changed(startLook(request, "w4", later(90)));
    expect(request.look).toMatchObject({ state: "failed", mayPass: false });
    expect(lookDueAt(request)).toBeUndefined();
    expect(approve(request)).toMatchObject({ why: { kind: "not-looked-at" } });
  });

  test("that failed for a passing trouble is due again, one that failed for good is not", () => {
    const failure = { code: "throttled", sentence: "Busy." };
    const request = changed(startLook(unseen(), "w1", T0));
    expect(lookDueAt(changed(failLook(request, failure, true, "w1", later(1))))).toBe(later(3).toISOString());
    const final = changed(failLook(request, failure, false, "w1", later(1)));
    expect(lookDueAt(final)).toBeUndefined();
    expect(dueAt(final)).toBe(final.lapsesAt);
  });

  test("changes the plan that is voted on, and the record says so", () => {
    const request = changed(approve(seen()));
    expect(request.planDigest).toBe(digest(read));
    expect(findContradiction(request)).toBeUndefined();
  });

  test("is found out when the record tells of another item, or when none was seen", () => {
    const request = changed(approve(seen()));
    const other = aWritePlan({
      status: "read",
      at: T0.toISOString(),
      image: { ...seenImage, lock_owner: { S: "x" } },
    });
    expect(findContradiction({ ...request, plan: other })).toBe("the item that was seen is another one");
    expect(findContradiction(votedFirst(request))).toBe("somebody approved before the item was seen");
    const { look: _, ...without } = request;
    expect(findContradiction(without)).toBeDefined();
    expect(findContradiction({ ...request, plan: aWritePlan({ status: "to-be-read" }) })).toBe(
      "the item of the write was never looked at",
    );
  });

  test("is part of the access: nothing is revoked before the end of its session is proven", () => {
    const looking = changed(startLook(unseen(), "w1", T0));
    const leased = changed(recordLookLease(looking, "w1", lease, T0));
    const approved = changed(approve(changed(recordSight(leased, read, "w1", later(1)))));
    const revoking = changed(beginRevocation(approved, { cause: "revoked", by: lead }, later(3)));
    expect(whatIsUnproven(revoking)).toEqual(["the session that looked at the item is not proven dead yet"]);
    expect(completeRevocation(revoking, later(3)).status).toBe("refused");
    const proof = { at: later(41).toISOString(), proof: "probe-denied", detail: "refused" } as const;
    const ended = changed(endLease(revoking, LOOK_RUN, lease.accessKeyId, proof, later(41)));
    expect(whatIsUnproven(ended)).toEqual([]);
    expect(changed(completeRevocation(ended, later(41))).state).toBe("revoked");
  });
});

const lease = {
  sessionName: "jit-R0000000000000001-0",
  sessionArn: "arn:aws:sts::111122223333:assumed-role/jit-data-dynamodb-read/jit-R0000000000000001-0",
  accessKeyId: "ASIALOOK",
  sourceIdentity: "T0SANDBOX.U0ONCALL",
  issuedAt: T0.toISOString(),
  expiresAt: later(30).toISOString(),
  localExpiresAt: later(30).toISOString(),
  policyDigest: "p".repeat(64),
  checks: { allowed: 1, denied: 20 },
};
