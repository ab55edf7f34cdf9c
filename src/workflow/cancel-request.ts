import { cancel } from "../request/close.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/** The requester takes a pending request back. */
export async function cancelRequest(deps: Deps, act: Act): Promise<ActOutcome> {
  return actOn(deps, act, "cancel request", (request, now) => cancel(request, act.by, now));
}
