import { isAdmin } from "../policy/groups.ts";
import { mayEnd } from "../policy/may-end.ts";
import { beginRevocation } from "../request/revoke.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/** The owner ends their grant, or an approver or admin revokes it; running work stops within moments. */
export async function endGrant(deps: Deps, act: Act & { reason?: string }): Promise<ActOutcome> {
  return actOn(deps, act, "end grant", (request, now) => {
    const verdict = mayEnd(request, act.by, isAdmin(deps.catalogue().access, deps.team, act.by));
    if (verdict.status === "refused") return verdict;
    const reason = act.reason?.trim().toWellFormed();
    return beginRevocation(request, { cause: verdict.cause, by: act.by, ...(reason ? { reason } : {}) }, now);
  });
}
