import { refused } from "../request/outcome.ts";
import { queueRun } from "../request/run.ts";
import { actOn } from "./act-on-request.ts";
import { askPolicyAgain, refusalOf } from "./ask-policy-again.ts";
import type { Deps } from "./deps.ts";
import { endIfForbidden } from "./end-if-forbidden.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/**
 * The same plan once more, inside its window; no new approval, since nothing but the time differs. Where the policy
 * would not allow it any more, nothing is queued and the grant ends.
 */
export async function runAgain(deps: Deps, act: Act): Promise<ActOutcome> {
  const stored = await deps.store.get(act.requestId);
  if (!stored) return { status: "not-found" };
  const why = refusalOf(await askPolicyAgain(deps, stored.request, deps.clock.now()));
  const outcome = await actOn(deps, act, "run again", (request, now) => {
    const queued = queueRun(request, act.by, now);
    return queued.status === "refused" || !why ? queued : refused(why);
  });
  return endIfForbidden(deps, outcome);
}
