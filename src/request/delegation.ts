import type { PersonId } from "../runbook/plan.ts";
import type { Instant, Vote } from "./request.ts";
import { certainlySamePerson, possiblySamePerson } from "./same-person.ts";

/** An approver who is away lets somebody approve for them in `[startsAt, endsAt)`. It is never passed on. */
export type Delegation = { delegator: PersonId; delegate: PersonId; startsAt: Instant; endsAt: Instant };

/** For whom a vote was cast by somebody else, and until when they are away. */
export type DelegatedBy = { person: PersonId; until: Instant };

export function isInForce({ startsAt, endsAt }: Delegation, now: Date): boolean {
  const at = now.toISOString();
  return startsAt <= at && at < endsAt;
}

/** Delegations to this person that count now. */
export function delegationsTo(
  all: readonly Delegation[],
  delegate: PersonId,
  now: Date,
): readonly Delegation[] {
  return all.filter((one) => certainlySamePerson(one.delegate, delegate) && isInForce(one, now));
}

/**
 * Who gave an approval that this one would repeat: on one step a delegate and whoever they voted for are one person,
 * whichever of them votes, and in whatever order.
 */
export function repeatedVote(
  votes: readonly Vote[],
  step: string,
  vote: Pick<Vote, "by" | "delegatedBy">,
): Vote | undefined {
  return votes.find(
    (earlier) =>
      earlier.decision === "approve" &&
      earlier.steps?.includes(step) === true &&
      peopleOf(earlier).some((one) => peopleOf(vote).some((other) => possiblySamePerson(one, other))),
  );
}

function peopleOf({ by, delegatedBy }: Pick<Vote, "by" | "delegatedBy">): PersonId[] {
  return delegatedBy ? [by, delegatedBy.person] : [by];
}
