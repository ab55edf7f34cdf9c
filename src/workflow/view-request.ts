import { isAdmin } from "../policy/groups.ts";
import { refused } from "../request/outcome.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { Deps } from "./deps.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/** The whole request, for those whom it concerns: its requester, its approvers, admins. Others learn nothing of it. */
export async function viewRequest(deps: Deps, act: Act): Promise<ActOutcome> {
  const stored = await deps.store.get(act.requestId);
  if (!stored) return { status: "not-found" };
  const { request } = stored;
  const person = await deps.directory.check(act.by);
  const concerned =
    certainlySamePerson(request.requester, act.by) ||
    request.approval.approvers.some((approver) => certainlySamePerson(approver, act.by)) ||
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
