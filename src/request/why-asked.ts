import type { PersonId } from "../runbook/plan.ts";
import { approvalOf, approversOf, progressOf } from "./approval.ts";
import type { Request } from "./request.ts";
import { certainlySamePerson, distinctPeople, possiblySamePerson } from "./same-person.ts";

/** One step that a person is asked to decide, and why them. */
export type AskedFor = {
  step: string;
  /** Whoever is in any of these was asked. */
  groups: readonly string[];
  /** Which policy or rule wants the step. */
  because: readonly string[];
  /** `later`: steps before it come first. `complete`: it has all its approvals. */
  turn: "now" | "later" | "complete";
  /** Approvals that it still needs. */
  missing: number;
};

/** Every step of theirs; nothing for who is not asked. */
export function whyAsked(request: Request, person: PersonId): AskedFor[] {
  const approval = approvalOf(request);
  return progressOf(request)
    .filter(({ step }) => approversOf(approval, step).some((one) => certainlySamePerson(one, person)))
    .map(({ step, by, isOpen }) => ({
      step: step.name,
      groups: step.groups,
      because: step.because,
      turn: isOpen ? "now" : by.length >= step.count ? "complete" : "later",
      missing: step.count - by.length,
    }));
}

/** Who could still fill the step: asked for it, not the requester, and not heard yet. */
export function leftFor(request: Request, stepName: string): PersonId[] {
  const approval = approvalOf(request);
  const step = progressOf(request).find((one) => one.step.name === stepName)?.step;
  const people = step ? approversOf(approval, step) : [];
  return distinctPeople(people).filter(
    (person) =>
      !possiblySamePerson(person, request.requester) &&
      !request.votes.some(({ by }) => possiblySamePerson(by, person)),
  );
}

/** Whether their approval is what the request waits for now. */
export function waitsFor(request: Request, person: PersonId, now: Date): boolean {
  return (
    request.state === "pending" &&
    now.toISOString() < request.lapsesAt &&
    !possiblySamePerson(request.requester, person) &&
    !request.votes.some(({ by }) => possiblySamePerson(by, person)) &&
    whyAsked(request, person).some(({ turn }) => turn === "now")
  );
}
