import { digest } from "../runbook/digest.ts";
import type { PersonId } from "../runbook/plan.ts";
import { approversOf, stepsOf } from "./approval.ts";
import type { AuditFact } from "./audit-event.ts";
import type { Approval, ApprovalStep } from "./request.ts";
import { certainlySamePerson } from "./same-person.ts";

/**
 * The stricter of both: every step that either asks for, with the higher count. A step that both ask for keeps the
 * people who were asked first; whether they may still decide is asked at each vote.
 */
export function stricterOf(then: Approval, now: Approval): Approval {
  const before = stepsOf(then);
  const after = stepsOf(now);
  const people: PersonId[] = [...then.approvers];
  const positionOf = (person: PersonId): number => {
    const found = people.findIndex((one) => certainlySamePerson(one, person));
    return found >= 0 ? found : people.push(person) - 1;
  };
  const kept = before.map((step): ApprovalStep => {
    const same = after.find(({ name }) => name === step.name);
    if (!same) return step;
    return { ...step, count: Math.max(step.count, same.count), stage: Math.max(step.stage, same.stage) };
  });
  const added = after
    .filter(({ name }) => !before.some((step) => step.name === name))
    .map((step): ApprovalStep => ({ ...step, approvers: approversOf(now, step).map(positionOf) }));
  const steps = [...kept, ...added];
  const { auto: _, ...rest } = then;
  return {
    ...rest,
    steps,
    approvers: people,
    groups: [...new Set(steps.flatMap(({ groups }) => groups))],
    count: steps.reduce((sum, { count }) => sum + count, 0),
    allowPreview: then.allowPreview && now.allowPreview,
  };
}

/** Whether it asks for more than the other: another step, or more people for one. */
export function isStricter(one: Approval, other: Approval): boolean {
  const known = new Map(stepsOf(other).map((step) => [step.name, step]));
  return stepsOf(one).some(({ name, count }) => count > (known.get(name)?.count ?? 0));
}

/** What the record says of the change. The people asked stand once, in the request. */
export function policyChangedFact(
  before: Approval,
  stricter: Approval,
): AuditFact & { type: "policy.changed" } {
  const known = new Map(stepsOf(before).map((step) => [step.name, step.count]));
  const more = stepsOf(stricter).filter(({ name, count }) => count > (known.get(name) ?? 0));
  return {
    type: "policy.changed",
    steps: more.map(({ name, count, groups }) => `${name}: ${count} of ${groups.join(" or ")}`),
    approvers: stricter.approvers.length,
    approversDigest: digest(stricter.approvers),
    stepsDigest: digest(stepsOf(stricter)),
    count: stricter.count,
  };
}
