import { isAdmin } from "../policy/groups.ts";
import { mayEnd } from "../policy/may-end.ts";
import { beginRevocation } from "../request/revoke.ts";
import { withholdRows } from "../request/rows.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/**
 * The owner ends their grant, or an approver or admin revokes it; running work stops within moments, and rows that wait
 * for Slack are withheld, also those of a single run, whose grant is over by then.
 */
export async function endGrant(deps: Deps, act: Act & { reason?: string }): Promise<ActOutcome> {
  return actOn(deps, act, "end grant", (request, now) => {
    const verdict = mayEnd(request, act.by, isAdmin(deps.catalogue().access, deps.team, act.by));
    if (verdict.status === "refused") return verdict;
    const reason = act.reason?.trim().toWellFormed();
    const end = { by: act.by, ...(reason ? { reason } : {}) };
    const ended = beginRevocation(request, { cause: verdict.cause, ...end }, now);
    const withheld = withholdRows(ended.status === "changed" ? ended.request : request, end, now);
    return withheld.status === "changed" ? withheld : ended;
  });
}
