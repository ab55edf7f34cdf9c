import { approvalOf, stepsOf } from "../request/approval.ts";
import { type Delegation, delegationsTo, isInForce } from "../request/delegation.ts";
import type { Approval, Request } from "../request/request.ts";
import { certainlySamePerson, possiblySamePerson } from "../request/same-person.ts";
import type { Ballot } from "../request/vote.ts";
import type { Access } from "../runbook/access-file.ts";
import type { PersonId } from "../runbook/plan.ts";
import { decide } from "./decide.ts";
import { mayVote } from "./may-vote.ts";
import type { Question } from "./question.ts";
import { isMember } from "./resolve-steps.ts";

/**
 * How the voter may vote for others who are away now: as each of them could by their own right, never by one that was
 * given to them. Not for a request of either, not where the step excludes the voter or did so when it was asked for, nor
 * where the policy of now has no such step any more, and only while the voter is in a
 * group that `delegation` of `access.yml` names.
 */
export function delegatedBallots(
  access: Access,
  request: Request,
  voter: PersonId,
  question: Question | undefined,
  delegations: readonly Delegation[],
  now: Date,
): Ballot[] {
  if (!question || !isMember(access.delegation?.to ?? [], voter, question.groups).member) return [];
  if ([request.requester, question.requester].some((one) => possiblySamePerson(voter, one))) return [];
  const verdict = decide(access, question);
  const isBarred = (name: string): boolean => {
    if (verdict.status !== "decided") return false;
    const excluded = verdict.excluded.get(name);
    // Who was excluded when it was asked for is known only where the policy of now excludes them as well.
    const current = verdict.approval.steps.find((step) => step.name === name)?.exclude ?? [];
    const then = stepsOf(approvalOf(request)).find((step) => step.name === name)?.exclude ?? [];
    if (!excluded || excluded === "everybody" || then.some((group) => !current.includes(group))) return true;
    return excluded.some((one) => possiblySamePerson(one, voter));
  };
  return delegationsTo(delegations, voter, now).flatMap(({ delegator, endsAt }) => {
    if (possiblySamePerson(delegator, voter)) return [];
    const may = mayVote(access, request, delegator, question);
    if (may.status === "refused") return [];
    const steps = may.ballot.steps?.filter((name) => !isBarred(name));
    if (steps?.length === 0) return [];
    const rule = `${may.ballot.rule}, by delegation of ${delegator.userId} until ${endsAt}`;
    return [
      { ...may.ballot, ...(steps ? { steps } : {}), rule, delegatedBy: { person: delegator, until: endsAt } },
    ];
  });
}

/** Of these delegations those that could count for a request made now; whether they do is asked at each vote. */
export function standIns(
  access: Access,
  question: Question,
  approval: Approval,
  delegations: readonly Delegation[],
  now: Date,
): Delegation[] {
  return delegations.filter(
    (one) =>
      isInForce(one, now) &&
      !possiblySamePerson(one.delegate, question.requester) &&
      approval.approvers.some((person) => certainlySamePerson(person, one.delegator)) &&
      isMember(access.delegation?.to ?? [], one.delegate, question.groups).member,
  );
}
