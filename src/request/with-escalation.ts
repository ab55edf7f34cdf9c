import type { PersonId } from "../runbook/plan.ts";
import type { Approval, Request } from "./request.ts";
import { certainlySamePerson } from "./same-person.ts";

/** The approval where these steps may be decided by their further people too; what it asks for stays as much. */
export function withEscalation(approval: Approval, escalated: Request["escalated"] = []): Approval {
  if (!approval.steps || escalated.length === 0) return approval;
  const approvers: PersonId[] = [...approval.approvers];
  const positionOf = (person: PersonId): number => {
    const found = approvers.findIndex((one) => certainlySamePerson(one, person));
    return found >= 0 ? found : approvers.push(person) - 1;
  };
  const steps = approval.steps.map((step) => {
    const { escalate } = step;
    if (!escalate || !escalated.some((one) => one.step === step.name)) return step;
    const positions = new Set([...step.approvers, ...escalate.people.map(positionOf)]);
    return {
      ...step,
      groups: [...new Set([...step.groups, ...escalate.groups])],
      approvers: [...positions].toSorted((a, b) => a - b),
    };
  });
  return { ...approval, steps, approvers, groups: [...new Set(steps.flatMap(({ groups }) => groups))] };
}
