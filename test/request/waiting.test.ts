import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { approvalOf, approversOf, isApproved, stepsFor } from "../../src/request/approval.ts";
import { type AuditEvent, nextEvent } from "../../src/request/audit-event.ts";
import { dueAt } from "../../src/request/due.ts";
import { escalate, escalationDueAt } from "../../src/request/escalation.ts";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import type { ApprovalStep, Request } from "../../src/request/request.ts";
import { awaitedPeople, remind, reminderDueAt, reminderTimes } from "../../src/request/reminders.ts";
import { submit } from "../../src/request/submit.ts";
import { tidy } from "../../src/request/tidy.ts";
import { castVote } from "../../src/request/vote.ts";
import { localTime, momentAt } from "../../src/request/zoned-time.ts";
import type { PersonId } from "../../src/runbook/plan.ts";
import { aPlan, later, T0 } from "../fixtures/a-request.ts";

const person = (userId: string): PersonId => ({ teamId: "T0SANDBOX", userId });
const [owner, second, chief] = [person("UOWNER"), person("USECOND"), person("UCHIEF")] as const;
const iso = (minutes: number) => later(minutes * 60).toISOString();

const ownerStep: ApprovalStep = {
  name: "owner",
  stage: 0,
  groups: ["owners"],
  approvers: [0],
  count: 1,
  because: ["policy orders"],
  escalate: { afterMinutes: 10, groups: ["chiefs"], people: [chief] },
};

function waitingRequest(
  steps: ApprovalStep[] = [ownerStep],
  more: { remindAt?: string[]; pendingMinutes?: number } = {},
): Request {
  const approval = {
    policy: "orders",
    groups: ["owners"],
    approvers: [owner, second],
    count: steps.length,
    steps,
    channel: "C0APPROVALS",
    allowPreview: false,
  };
  const { remindAt, pendingMinutes = 60 } = more;
  return submit(
    {
      plan: aPlan(),
      reason: "To see who waits",
      approval,
      pendingMinutes,
      ...(remindAt ? { remindAt } : {}),
    },
    T0,
  );
}

function after(request: Request, minutes: number): Request {
  const outcome = tidy(request, undefined, later(minutes * 60));
  return outcome.status === "changed" ? outcome.request : request;
}

function approve(request: Request, by: PersonId, minutes: number) {
  return castVote(request, { by, decision: "approve" }, { rule: "orders" }, later(minutes * 60));
}

const facts = (request: Request) => request.events.map(({ fact }) => fact.type);

describe("escalation", () => {
  test("lets the next groups decide once the step has waited so long, and asks for no more people", () => {
    const asked = waitingRequest();
    expect(escalationDueAt(asked)).toBe(iso(10));
    expect(dueAt(asked)).toBe(iso(10));
    expect(approve(asked, chief, 5)).toMatchObject({ why: { kind: "not-an-approver" } });
    expect(after(asked, 9.99)).toBe(asked);

    const escalated = after(asked, 10);
    expect(facts(escalated)).toEqual(["request.submitted", "step.escalated"]);
    expect(approvalOf(escalated)).toMatchObject({ count: 1, groups: ["owners", "chiefs"] });
    expect(stepsFor(approvalOf(escalated), chief).map(({ name }) => name)).toEqual(["owner"]);
    const approved = approve(escalated, chief, 11);
    if (approved.status !== "changed") throw new Error("refused");
    expect(approved.request.state).toBe("active");
    expect(findContradiction(approved.request)).toBeUndefined();
  });

  test("happens once, however often somebody looks", () => {
    const escalated = after(waitingRequest(), 10);
    expect(after(escalated, 10)).toBe(escalated);
    expect(after(escalated, 30)).toBe(escalated);
    expect(dueAt(escalated)).toBe(iso(60));
  });

  test("those who were asked first can still decide", () => {
    expect(approve(after(waitingRequest(), 10), owner, 11)).toMatchObject({ request: { state: "active" } });
  });

  test("a later stage waits from the moment on at which it can be decided", () => {
    const secondStep = { ...ownerStep, name: "second", stage: 1, approvers: [1] };
    const { escalate: _, ...first } = ownerStep;
    const asked = waitingRequest([first, secondStep]);
    expect(escalationDueAt(asked)).toBeUndefined();
    const once = approve(asked, owner, 20);
    if (once.status !== "changed") throw new Error("refused");
    expect(escalationDueAt(once.request)).toBe(iso(30));
    expect(after(once.request, 29)).toBe(once.request);
    expect(facts(after(once.request, 30)).at(-1)).toBe("step.escalated");
  });

  test("a request that lapses does not escalate, and a vote that comes late is refused in the write", () => {
    const asked = waitingRequest(undefined, { pendingMinutes: 15 });
    expect(facts(after(asked, 15))).toEqual(["request.submitted", "request.lapsed"]);
    const escalated = after(asked, 14);
    expect(approve(escalated, chief, 15)).toMatchObject({ why: { kind: "lapsed", at: iso(15) } });
    expect(approve(escalated, chief, 14.99)).toMatchObject({ request: { state: "active" } });
    expect(escalate(escalated, later(15 * 60)).status).toBe("refused");
  });

  const contradiction = "the steps that more people may decide are not those of the events";
  test.each<[string, (request: Request) => Request]>([
    ["an escalation that the document does not have", (one) => ({ ...one, escalated: [] })],
    [
      "one more than the events tell",
      (one) => ({ ...one, escalated: [...(one.escalated ?? []), ...(one.escalated ?? [])] }),
    ],
    ["one at another time", (one) => ({ ...one, escalated: [{ step: "owner", at: iso(12) }] })],
    ["one of another step", (one) => ({ ...one, escalated: [{ step: "security", at: iso(10) }] })],
    ["one to other people than the event says", (one) => withEscalate(one, { people: [person("UTHIEF")] })],
    ["one before its time", (one) => withEscalate(one, { afterMinutes: 60 })],
  ])("a forged document is found: %s", (_, forge) => {
    const approved = approve(after(waitingRequest(), 10), owner, 11);
    if (approved.status !== "changed") throw new Error("refused");
    expect(findContradiction(approved.request)).toBeUndefined();
    expect(findContradiction(forge(approved.request))).toBe(contradiction);
  });

  test("whoever is only asked by an escalation can’t have voted before it", () => {
    const escalated = after(waitingRequest(), 10);
    const forged = approve(escalated, chief, 11);
    if (forged.status !== "changed") throw new Error("refused");
    const events = forged.request.events;
    // The same facts in the other order, each sealed anew, as somebody would who can compute the chain.
    const [first, escalation, vote, ...rest] = events.map(({ fact, actor, at }) => ({ fact, actor, at }));
    const order = [first, vote && { ...vote, at: iso(5) }, escalation, ...rest].filter(
      (one) => one !== undefined,
    );
    expect(findContradiction({ ...forged.request, events: reseal(forged.request.id, order) })).toBe(
      "somebody approved who was not asked",
    );
  });
});

describe("reminders", () => {
  const low = { riskLevel: "low", timezone: "Europe/Berlin" } as const;
  // 02:10 UTC is 03:10 in Berlin.
  test.each<[string, Parameters<typeof reminderTimes>, string[]]>([
    ["no quiet hours", [{ afterMinutes: [5, 15, 45] }, low, T0], [iso(5), iso(15), iso(45)]],
    [
      "quiet hours over night: all of them are one at their end, 07:00 in Berlin",
      [{ afterMinutes: [5, 15, 45], quietHours: "22:00-07:00" }, low, T0],
      ["2026-11-21T06:00:00.000Z"],
    ],
    [
      "a high risk is never quiet",
      [{ afterMinutes: [5, 15], quietHours: "22:00-07:00" }, { ...low, riskLevel: "high" }, T0],
      [iso(5), iso(15)],
    ],
    [
      "the evening moves to the next day",
      [{ afterMinutes: [5, 15], quietHours: "22:00-07:00" }, low, new Date("2026-11-21T20:50:00Z")],
      ["2026-11-21T20:55:00.000Z", "2026-11-22T06:00:00.000Z"],
    ],
    [
      "quiet hours within a day",
      [{ afterMinutes: [5, 30], quietHours: "03:00-03:30" }, low, T0],
      ["2026-11-21T02:30:00.000Z", "2026-11-21T02:40:00.000Z"],
    ],
    [
      "their end is not quiet any more",
      [{ afterMinutes: [20], quietHours: "22:00-03:30" }, low, T0],
      [iso(20)],
    ],
    [
      "the night in which clocks go back",
      [{ afterMinutes: [5], quietHours: "22:00-07:00" }, low, new Date("2026-10-24T22:00:00Z")],
      ["2026-10-25T06:00:00.000Z"],
    ],
  ])("%s", (_, asked, times) => {
    expect(reminderTimes(...asked)).toEqual(times);
  });

  test("each is recorded once, and none after the time to live", () => {
    const asked = waitingRequest(undefined, { remindAt: [iso(5), iso(15), iso(90)] });
    expect(asked.remindAt).toEqual([iso(5), iso(15)]);
    expect(dueAt(asked)).toBe(iso(5));
    const once = after(asked, 5);
    expect(once.events.at(-1)?.fact).toEqual({ type: "approvers.reminded", no: 1, of: 2 });
    expect(after(once, 6)).toBe(once);
    expect(reminderDueAt(once)).toBe(iso(15));
    const twice = after(once, 15);
    expect(facts(twice)).toEqual([
      "request.submitted",
      "approvers.reminded",
      "step.escalated",
      "approvers.reminded",
    ]);
    expect(reminderDueAt(twice)).toBeUndefined();
  });

  test("after a long silence of the sweeper people hear it once", () => {
    const asked = waitingRequest(undefined, { remindAt: [iso(5), iso(15), iso(45)] });
    const late = remind(asked, later(50 * 60));
    if (late.status !== "changed") throw new Error("refused");
    expect(late.request.events.at(-1)?.fact).toEqual({ type: "approvers.reminded", no: 3, of: 3 });
    expect(reminderDueAt(late.request)).toBeUndefined();
  });

  test("whoever answered, and whoever’s step comes later, is not called", () => {
    const { escalate: _, ...first } = ownerStep;
    const asked = waitingRequest([first, { ...first, name: "second", stage: 1, approvers: [1] }]);
    expect(awaitedPeople(asked)).toEqual([owner]);
    const once = approve(asked, owner, 1);
    if (once.status !== "changed") throw new Error("refused");
    expect(awaitedPeople(once.request)).toEqual([second]);
  });
});

test("looking at any times in any order tells each escalation once, and never starts a grant", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 59 }), { maxLength: 12 }), (minutes) => {
      let request = waitingRequest(undefined, { remindAt: [iso(5), iso(15)] });
      for (const minute of minutes) request = after(request, minute);
      const told = facts(request);
      expect(told.filter((type) => type === "step.escalated").length).toBeLessThanOrEqual(1);
      expect(told.filter((type) => type === "approvers.reminded").length).toBeLessThanOrEqual(2);
      expect(isApproved(request)).toBe(false);
      const [step] = approvalOf(request).steps ?? [];
      expect(step && approversOf(approvalOf(request), step).length).toBe(
        told.includes("step.escalated") ? 2 : 1,
      );
    }),
  );
});

test("a local time and its moment are each other’s inverse where clocks do not change", () => {
  for (const zone of ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"])
    expect(localTime(zone, momentAt(zone, "2026-12-01T07:00"))).toBe("2026-12-01T07:00:00");
});

function withEscalate(request: Request, change: Partial<NonNullable<ApprovalStep["escalate"]>>): Request {
  const steps = request.approval.steps?.map((step) =>
    step.escalate ? { ...step, escalate: { ...step.escalate, ...change } } : step,
  );
  return { ...request, stricter: { ...request.approval, ...(steps ? { steps } : {}) } };
}

function reseal(id: string, events: readonly Pick<AuditEvent, "at" | "actor" | "fact">[]): AuditEvent[] {
  const sealed: AuditEvent[] = [];
  for (const { at, actor, fact } of events) sealed.push(nextEvent(id, sealed, at, actor, fact));
  return sealed;
}
