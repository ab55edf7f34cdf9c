import { type Outcome, refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { certainlySamePerson, possiblySamePerson } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";

export type MayVote = { status: "allowed"; rule: string } | (Outcome & { status: "refused" });

/**
 * Four eyes and membership, decided from the request and from the policy as it is now: a voter must have been
 * an approver when the request was made and still be one, so that the stricter of both policies counts.
 */
export function mayVote(request: Request, voter: PersonId, approversNow: readonly PersonId[]): MayVote {
  if (possiblySamePerson(request.requester, voter)) return refused({ kind: "own-request" });
  const then = request.approval.approvers.some((person) => certainlySamePerson(person, voter));
  const now = approversNow.some((person) => certainlySamePerson(person, voter));
  if (!then || !now) return refused({ kind: "not-an-approver" });
  return {
    status: "allowed",
    rule: `${request.approval.policy}: member of ${request.approval.groups.join(" or ")}`,
  };
}
