import { describe, expect, test } from "vitest";
import { nextEvent } from "../../src/request/audit-event.ts";
import {
  giveReview,
  remindOfReview,
  reviewReminderDueAt,
  reviewIsOverdue,
  submitBreakGlass,
  takeReview,
} from "../../src/request/break-glass.ts";
import { dueAt } from "../../src/request/due.ts";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import { whyNoFurtherQuery } from "../../src/request/further-query.ts";
import type { Outcome } from "../../src/request/outcome.ts";
import type { Request } from "../../src/request/request.ts";
import { tidy } from "../../src/request/tidy.ts";
import { castVote } from "../../src/request/vote.ts";
import { aPlan, approver2, aRequest, later, lead, requester, T0 } from "../fixtures/a-request.ts";

const DUE_S = 24 * 3600;
const security = { teamId: requester.teamId, userId: "U0SECURITY" };
const justified = { verdict: "justified", words: "The lock held up every order" } as const;

function started(): Request {
  return submitBreakGlass(
    {
      plan: aPlan(),
      reason: "Orders are stuck, nobody answers",
      reference: "INC-4211",
      approval: aRequest().approval,
      pendingMinutes: 60,
    },
    {
      groups: ["incident-response"],
      channel: "C0SECURITY",
      reviewGroups: ["security"],
      reviewers: [security, lead],
      reviewDueAt: later(DUE_S).toISOString(),
    },
    T0,
  );
}

describe("a break-glass", () => {
  test("is active from its first moment, with its first run queued and the review it owes", () => {
    const request = started();
    expect(request).toMatchObject({ state: "active", runs: [{ no: 1, state: "queued" }], votes: [] });
    expect(request.events.map(({ fact, actor }) => `${fact.type} ${actor.kind}`)).toEqual([
      "request.submitted person",
      "request.break-glass person",
      "request.approved system",
      "run.queued system",
    ]);
    expect(findContradiction(request)).toBeUndefined();
  });

  test("takes no vote", () => {
    expect(castVote(started(), { by: lead, decision: "approve" }, { rule: "" }, later(1))).toMatchObject({
      why: { kind: "already-decided" },
    });
  });

  test("covers no further query", () => {
    const grant = { kind: "window", maxRuns: 5, approves: "within-guardrails" } as const;
    const plan = { ...aPlan({ grant }), guardrailsDigest: "b".repeat(64) };
    const base = started();
    const request: Request = { ...base, plan, runs: [{ ...base.runs[0]!, state: "succeeded" }] };
    expect(whyNoFurtherQuery(request, requester, later(1))).toEqual({ kind: "this-query-only" });
    const { breakGlass: _glass, ...approved } = request;
    expect(whyNoFurtherQuery(approved, requester, later(1))).toBeUndefined();
  });

  test.each<[string, (request: Request) => Request]>([
    [
      "nobody's",
      (one) => {
        const copy = { ...one };
        delete copy.breakGlass;
        return copy;
      },
    ],
    ["owed to others", (one) => ({ ...one, breakGlass: { ...one.breakGlass!, reviewers: [] } })],
    [
      "reviewed later",
      (one) => ({ ...one, breakGlass: { ...one.breakGlass!, reviewDueAt: later(1e9).toISOString() } }),
    ],
    [
      "approved as well",
      (one) => ({ ...one, votes: [{ by: lead, decision: "approve", at: one.createdAt }] }),
    ],
    [
      "somebody else's",
      (one) => {
        const [first, second] = one.events;
        const forged = nextEvent(one.id, [first!], one.createdAt, { kind: "person", id: lead }, second!.fact);
        const events = one.events
          .slice(2)
          .reduce(
            (before, { at, actor, fact }) => [...before, nextEvent(one.id, before, at, actor, fact)],
            [first!, forged],
          );
        return { ...one, events };
      },
    ],
  ])("that was changed to be %s does not run", (_, change) => {
    expect(findContradiction(change(started()))).toBe("the break-glass is not what the events say");
  });
});

describe("its review", () => {
  test("belongs to the reviewer who takes it first, until the deadline", () => {
    const taken = must(takeReview(started(), security, later(60)));
    expect(taken.breakGlass?.owner).toEqual({ by: security, at: later(60).toISOString() });
    expect(takeReview(taken, security, later(61))).toMatchObject({ why: { kind: "nothing-to-do" } });
    expect(takeReview(taken, lead, later(61))).toMatchObject({ why: { kind: "review-taken", by: security } });
    expect(giveReview(taken, { by: lead, ...justified }, later(DUE_S - 1))).toMatchObject({
      why: { kind: "review-taken" },
    });
    expect(must(takeReview(taken, lead, later(DUE_S))).breakGlass?.owner?.by).toEqual(lead);
  });

  test("is given once", () => {
    const given = must(giveReview(started(), { by: security, ...justified }, later(60)));
    expect(given.breakGlass?.review).toEqual({ by: security, at: later(60).toISOString(), ...justified });
    expect(given.events.at(-1)?.fact).toEqual({ type: "review.given", ...justified });
    expect(giveReview(given, { by: lead, ...justified }, later(61))).toMatchObject({
      why: { kind: "already-reviewed", by: security },
    });
  });

  test("is never the requester's, by any identity", () => {
    for (const by of [requester, { ...requester, teamId: "T0SECOND" }]) {
      expect(takeReview(started(), by, later(60))).toMatchObject({ why: { kind: "own-review" } });
      expect(giveReview(started(), { by, ...justified }, later(DUE_S))).toMatchObject({
        why: { kind: "own-review" },
      });
    }
  });

  test("is owed for a break-glass alone", () => {
    expect(takeReview(aRequest(), approver2, T0)).toMatchObject({ why: { kind: "no-review" } });
    expect(reviewReminderDueAt(aRequest())).toBeUndefined();
  });

  test("is reminded of once, when its time is over to the moment", () => {
    const request = started();
    expect(reviewIsOverdue(request, later(DUE_S - 0.001))).toBe(false);
    expect(remindOfReview(request, later(DUE_S - 0.001)).status).toBe("refused");
    expect(reviewIsOverdue(request, later(DUE_S))).toBe(true);
    const reminded = must(tidy(request, undefined, later(DUE_S)));
    expect(reminded.breakGlass?.overdueSince).toBe(later(DUE_S).toISOString());
    expect(remindOfReview(reminded, later(DUE_S + 1)).status).toBe("refused");
    const given = must(giveReview(reminded, { by: lead, ...justified }, later(DUE_S + 2)));
    expect(reviewIsOverdue(given, later(DUE_S + 3))).toBe(false);
  });

  test("keeps somebody looking at the request after its access has ended", () => {
    const over: Request = { ...started(), state: "revoked", runs: [] };
    expect(dueAt(over)).toBe(later(DUE_S).toISOString());
    expect(dueAt(must(giveReview(over, { by: security, ...justified }, later(60))))).toBeUndefined();
    // What is ending is looked at at once, whatever review is owed.
    const ending: Request = {
      ...over,
      state: "revoking",
      revocation: { cause: "completed", startedAt: later(1).toISOString() },
    };
    expect(dueAt(ending)).toBe(later(1).toISOString());
  });
});

function must(outcome: Outcome): Request {
  if (outcome.status === "refused") throw new Error(`refused: ${outcome.why.kind}`);
  return outcome.request;
}
