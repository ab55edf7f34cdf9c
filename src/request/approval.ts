import type { PersonId } from "../runbook/plan.ts";
import { assignPeople } from "./assign-people.ts";
import { withEscalation } from "./with-escalation.ts";
import type { Approval, ApprovalStep, Request, Vote } from "./request.ts";
import { certainlySamePerson, distinctPeople } from "./same-person.ts";

/** What has to be approved now: as it was when the request was made, or stricter since the policy changed; by more people where it escalated. */
export function approvalOf({ approval, stricter, escalated }: Asked): Approval {
  return withEscalation(stricter ?? approval, escalated);
}

type Asked = Pick<Request, "approval" | "stricter" | "escalated">;

/** Its steps; an approval without any is one step of all its groups. */
export function stepsOf({ steps, groups, approvers, count, policy }: Approval): readonly ApprovalStep[] {
  if (steps) return steps;
  const everybody = approvers.map((_, at) => at);
  const because = [`policy ${policy}`];
  return [{ name: "approval", stage: 0, groups, approvers: everybody, count, because }];
}

/** Who could approve this step when it was asked for. */
export function approversOf(approval: Approval, step: ApprovalStep): PersonId[] {
  return step.approvers.flatMap((at) => approval.approvers[at] ?? []);
}

/** The steps that this person was asked to decide. */
export function stepsFor(approval: Approval, person: PersonId): ApprovalStep[] {
  return stepsOf(approval).filter((step) =>
    approversOf(approval, step).some((one) => certainlySamePerson(one, person)),
  );
}

export type StepProgress = { step: ApprovalStep; by: readonly PersonId[]; isOpen: boolean };

/** How far each step is: every approval fills one place of one step. Open are those that may be voted on now. */
export function progressOf(request: Asked & Pick<Request, "votes">): StepProgress[] {
  const approval = approvalOf(request);
  const steps = stepsOf(approval);
  const votes = approvals(request.votes);
  const places = assignPeople(
    steps,
    votes.map((vote) => stepsOfVote(approval, vote)),
  );
  const filled = steps.map((step) => ({
    step,
    by: votes.filter((_, at) => places[at] === step.name).map(({ by }) => by),
  }));
  const missing = filled.filter(({ step, by }) => by.length < step.count).map(({ step }) => step.stage);
  const stage = Math.min(...missing);
  return filled.map((one) => ({
    ...one,
    isOpen: one.step.stage === stage && one.by.length < one.step.count,
  }));
}

/** Whether every step has its people. */
export function isApproved(request: Asked & Pick<Request, "votes">): boolean {
  return progressOf(request).every(({ step, by }) => by.length >= step.count);
}

/** Distinct people who approved. */
export function approvalsOf(request: Pick<Request, "votes">): number {
  return distinctPeople(approvals(request.votes).map(({ by }) => by)).length;
}

/** A vote fills a step that it was cast for; one that names none was cast when there was one step. */
export function stepsOfVote(approval: Approval, vote: Vote): readonly string[] {
  return vote.steps ?? stepsFor(approval, vote.by).map(({ name }) => name);
}

function approvals(votes: readonly Vote[]): Vote[] {
  const given = votes.filter(({ decision }) => decision === "approve");
  const people = distinctPeople(given.map(({ by }) => by));
  return people.flatMap((person) => given.find(({ by }) => by === person) ?? []);
}
