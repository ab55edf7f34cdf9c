import { describe, expect, test } from "vitest";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import { nextEvent, type AuditEvent } from "../../src/request/audit-event.ts";
import { narrow } from "../../src/request/narrow.ts";
import type { Request } from "../../src/request/request.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import { digest } from "../../src/runbook/digest.ts";
import type { PersonId, Plan } from "../../src/runbook/plan.ts";
import { approver2, aPlan, lead, later, requester, T0 } from "../fixtures/a-request.ts";

const third: PersonId = { teamId: lead.teamId, userId: "U0THIRD" };
const plan: Plan = { ...aPlan(), narrowing: ["duration", "rows"] };
const shorter = (from: Plan, minutes: number): Plan => ({
  ...from,
  grant: { ...from.grant, durationMinutes: minutes },
});

function aPending(count = 2, asked = plan): Request {
  const approval = {
    policy: "orders",
    groups: ["orders-platform"],
    approvers: [lead, approver2, third],
    count,
    channel: "C0APPROVALS",
    allowPreview: false,
  };
  return submit({ plan: asked, reason: "To approve less", approval, pendingMinutes: 60 }, T0);
}

function less(request: Request, by: PersonId, minutes: number): Request {
  const narrowed = narrow(request, shorter(request.plan, minutes), by, later(30));
  if (narrowed.status !== "changed") throw new Error(narrowed.why.kind);
  return vote(narrowed.request, by);
}

function vote(request: Request, by: PersonId): Request {
  const outcome = castVote(request, { by, decision: "approve" }, { rule: "orders" }, later(30));
  if (outcome.status !== "changed") throw new Error(outcome.why.kind);
  return outcome.request;
}

describe("a request that approvers narrowed", () => {
  test("holds with votes for each of its plans, widest first, and is granted for the last", () => {
    const request = less(vote(less(aPending(3), lead, 10), approver2), third, 5);
    expect(request).toMatchObject({ state: "active", plan: { grant: { durationMinutes: 5 } } });
    expect(findContradiction(request)).toBeUndefined();
    expect(request.events.map(({ fact }) => fact.type)).toEqual([
      "request.submitted",
      "request.narrowed",
      "vote.approved",
      "vote.approved",
      "request.narrowed",
      "vote.approved",
      "request.approved",
      "run.queued",
    ]);
    expect(request.wider?.map(({ planDigest }) => planDigest)).toEqual([
      digest(plan),
      digest(shorter(plan, 10)),
    ]);
  });

  test("takes no plan that is wider, the same, another, or whose runbook lets nothing be narrowed", () => {
    const why = (request: Request, other: Plan) => narrow(request, other, lead, later(30));
    const refused = { status: "refused", why: { kind: "cannot-narrow" } };
    expect(why(aPending(), shorter(plan, 16))).toMatchObject(refused);
    expect(why(aPending(), plan)).toMatchObject(refused);
    expect(why(aPending(), { ...shorter(plan, 5), requestId: "R2" })).toMatchObject(refused);
    const fixed = aPlan();
    expect(why(aPending(2, fixed), shorter(fixed, 5))).toMatchObject(refused);
    expect(why(aPending(), shorter(plan, 5))).toMatchObject({ status: "changed" });
  });

  test("does not change the record of a request that is decided", () => {
    const active = vote(vote(aPending(), lead), approver2);
    expect(narrow(active, shorter(plan, 5), third, later(40))).toEqual({
      status: "changed",
      request: active,
    });
  });

  const granted = less(vote(aPending(), lead), approver2, 5);

  test.each<[string, (request: Request) => Request]>([
    ["its wide plan again", (r) => ({ ...r, plan, planDigest: digest(plan) })],
    ["no wider plan", (r) => ({ ...r, wider: [] })],
    ["a wider plan more", (r) => ({ ...r, wider: [...(r.wider ?? []), ...(r.wider ?? [])] })],
    [
      "another wider plan",
      (r) => ({ ...r, wider: r.wider?.map((one) => ({ ...one, plan: shorter(one.plan, 60) })) ?? [] }),
    ],
    [
      "another who narrowed",
      (r) => ({ ...r, wider: r.wider?.map((w) => ({ ...w, narrowedBy: third })) ?? [] }),
    ],
    [
      "an event that somebody else narrowed",
      (r) => resealed(r, (e) => (e.fact.type === "request.narrowed" ? { ...e, actor: person(third) } : e)),
    ],
    [
      "an event that the requester narrowed",
      (r) =>
        resealed(r, (e) => (e.fact.type === "request.narrowed" ? { ...e, actor: person(requester) } : e)),
    ],
    [
      "the vote for it from somebody else",
      (r) =>
        resealed(
          { ...r, votes: r.votes.map((one) => (isOf(one.by, approver2) ? { ...one, by: third } : one)) },
          (e) =>
            e.fact.type === "vote.approved" && e.actor.kind === "person" && isOf(e.actor.id, approver2)
              ? { ...e, actor: person(third) }
              : e,
        ),
    ],
    ["no event of it", (r) => resealed(r, (e) => (e.fact.type === "request.narrowed" ? undefined : e))],
    [
      "a vote for another plan",
      (r) =>
        resealed(r, (e) =>
          e.fact.type === "vote.approved" ? { ...e, fact: { ...e.fact, planDigest: r.planDigest } } : e,
        ),
    ],
    [
      "a longer grant",
      (r) => ({ ...r, grant: { startsAt: r.grant?.startsAt ?? "", endsAt: later(960).toISOString() } }),
    ],
  ])("with %s is contradicted by its record, also one computed anew", (_, change) => {
    expect(findContradiction(granted)).toBeUndefined();
    expect(findContradiction(change(granted))).toBeDefined();
  });
});

function isOf(one: PersonId, other: PersonId): boolean {
  return one.userId === other.userId;
}

function person(id: PersonId) {
  return { kind: "person", id } as const;
}

function resealed(request: Request, change: (event: AuditEvent) => AuditEvent | undefined): Request {
  const events: AuditEvent[] = [];
  for (const { at, actor, fact } of request.events.flatMap((event) => change(event) ?? []))
    events.push(nextEvent(request.id, events, at, actor, fact));
  return { ...request, events };
}
