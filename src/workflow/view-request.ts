import { isAdmin } from "../policy/groups.ts";
import { approvalOf } from "../request/approval.ts";
import { delegationsTo } from "../request/delegation.ts";
import { refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/** The whole request, for those whom it concerns: its requester, its approvers and whoever approves for them, who reviews a break-glass, admins. Others learn nothing of it. */
export async function viewRequest(deps: Deps, act: Act): Promise<ActOutcome> {
  const stored = await deps.store.get(act.requestId);
  if (!stored) return { status: "not-found" };
  const { request } = stored;
  const person = await deps.directory.check(act.by);
  const concerned =
    certainlySamePerson(request.requester, act.by) ||
    [...approvalOf(request).approvers, ...(request.breakGlass?.reviewers ?? [])].some((approver) =>
      certainlySamePerson(approver, act.by),
    ) ||
    (await isDelegate(deps, request, act.by)) ||
    isAdmin(deps.catalogue().access, deps.team, act.by);
  if (person.status === "ok" && concerned) return { status: "done", request };
  const outcome =
    person.status === "refused"
      ? refused({ kind: "person", problem: person.problem })
      : refused({ kind: "not-yours" });
  await recordRefusal(deps, {
    actor: act.by,
    act: "view request",
    requestId: act.requestId,
    why: outcome.why.kind,
  });
  return { status: "refused", why: outcome.why, request };
}

async function isDelegate(deps: Deps, request: Request, person: PersonId): Promise<boolean> {
  const { approvers } = approvalOf(request);
  return delegationsTo(await deps.delegations.all(), person, deps.clock.now()).some(({ delegator }) =>
    approvers.some((approver) => certainlySamePerson(approver, delegator)),
  );
}
