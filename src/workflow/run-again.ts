import { queueRun } from "../request/run.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/** The same plan once more, inside its window; no new approval, since nothing but the time differs. */
export async function runAgain(deps: Deps, act: Act): Promise<ActOutcome> {
  return actOn(deps, act, "run again", (request, now) => queueRun(request, act.by, now));
}
