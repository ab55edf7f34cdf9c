import { beginRevocation } from "../request/revoke.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { ActOutcome } from "./use-cases.ts";

/** Where a further run was refused because the policy does not allow it any more, the grant ends: nothing can run under it. */
export async function endIfForbidden(deps: Deps, outcome: ActOutcome): Promise<ActOutcome> {
  if (outcome.status !== "refused" || outcome.why.kind !== "no-longer-allowed") return outcome;
  const ended = await deps.store.change(outcome.request.id, (request) =>
    beginRevocation(request, { cause: "no-longer-allowed" }, deps.clock.now()),
  );
  if (ended.status !== "changed") return outcome;
  await handOver(deps, ended.request);
  return { ...outcome, request: ended.request };
}
