import { digest } from "../runbook/digest.ts";
import { progressOf, stepsOf } from "./approval.ts";
import type { AuditFact } from "./audit-event.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import type { ApprovalStep, Instant, Request } from "./request.ts";
import { possiblySamePerson } from "./same-person.ts";

/** When the next step may be decided by more people, as far as can be told now; nothing when none is to. */
export function escalationDueAt(request: Request): Instant | undefined {
  return escalationsAhead(request)
    .map(({ at }) => at)
    .toSorted()[0];
}

/** Steps that have waited long enough may be decided by their further groups too, each once. */
export function escalate(request: Request, now: Date): Outcome {
  const at = now.toISOString();
  const due = escalationsAhead(request).filter((one) => at >= one.at && at < request.lapsesAt);
  if (due.length === 0) return refused({ kind: "nothing-to-do" });
  const escalated = [...(request.escalated ?? []), ...due.map(({ step }) => ({ step: step.name, at }))];
  const facts = due.flatMap(({ step }) => escalationFact(step) ?? []);
  return { status: "changed", request: record({ ...request, escalated }, at, { kind: "system" }, ...facts) };
}

/** What the record says of it; nothing of a step that does not escalate. */
function escalationFact({
  name,
  escalate: to,
}: ApprovalStep): (AuditFact & { type: "step.escalated" }) | undefined {
  if (!to) return undefined;
  return {
    type: "step.escalated",
    step: name,
    afterMinutes: to.afterMinutes,
    groups: to.groups,
    approvers: to.people.length,
    approversDigest: digest(to.people),
  };
}

/** Open steps that will escalate, and when. A step waits from the moment on at which it can be decided. */
export function escalationsAhead(request: Request): { step: ApprovalStep; at: Instant }[] {
  if (request.state !== "pending") return [];
  return progressOf(request).flatMap(({ step, isOpen }) => {
    const isDone = request.escalated?.some((one) => one.step === step.name) === true;
    if (!step.escalate || !isOpen || isDone) return [];
    const since = Date.parse(openSince(request, step.stage));
    return [{ step, at: new Date(since + step.escalate.afterMinutes * 60_000).toISOString() }];
  });
}

/** When the last of the stages before it was complete. */
function openSince(request: Request, stage: number): Instant {
  const before = progressOf(request).filter(({ step }) => step.stage < stage);
  const people = before.flatMap(({ by }) => by);
  const votes = request.votes.filter((vote) => people.some((one) => possiblySamePerson(one, vote.by)));
  return [request.createdAt, ...votes.map(({ at }) => at)].toSorted().at(-1) ?? request.createdAt;
}

/** Which recorded escalation is not what the document says, in words; nothing when they agree. */
export function findEscalationContradiction(request: Request): string | undefined {
  const said = request.events.filter(({ fact }) => fact.type === "step.escalated");
  const stored = request.escalated ?? [];
  const steps = stepsOf(request.stricter ?? request.approval);
  const agree = said.every(({ at, actor, fact }, index) => {
    const step = steps.find(({ name }) => name === stored[index]?.step);
    const expected = step && escalationFact(step);
    if (!step?.escalate || !expected || actor.kind !== "system" || stored[index]?.at !== at) return false;
    const inTime = Date.parse(at) >= Date.parse(request.createdAt) + step.escalate.afterMinutes * 60_000;
    return inTime && digest(fact) === digest(expected);
  });
  return agree && said.length === stored.length
    ? undefined
    : "the steps that more people may decide are not those of the events";
}
