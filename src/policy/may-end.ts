import { approvalOf } from "../request/approval.ts";
import { type Outcome, refused } from "../request/outcome.ts";
import type { Request, RevocationCause } from "../request/request.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";

export type MayEnd = { status: "allowed"; cause: RevocationCause } | (Outcome & { status: "refused" });

/** The owner ends; its approvers, the reviewers of a break-glass and admins revoke; nobody else touches another's grant. */
export function mayEnd(request: Request, by: PersonId, admin: boolean): MayEnd {
  if (certainlySamePerson(request.requester, by)) return { status: "allowed", cause: "ended" };
  const reviewers = request.breakGlass?.reviewers ?? [];
  if (
    admin ||
    [...approvalOf(request).approvers, ...reviewers].some((person) => certainlySamePerson(person, by))
  )
    return { status: "allowed", cause: "revoked" };
  return refused({ kind: "not-yours" });
}
