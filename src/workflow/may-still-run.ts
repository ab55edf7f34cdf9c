import type { Failure, Request } from "../request/request.ts";
import { beginRevocation } from "../request/revoke.ts";
import { finishRun } from "../request/run.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { planStillHolds } from "./resolve-plan.ts";

/** Everything that was approved is asked again: the plan, the person. What fails here fails the run before it starts. */
export async function mayStillRun(deps: Deps, request: Request, runNo: number): Promise<boolean> {
  if (!request.runs.some((run) => run.no === runNo && run.state === "queued")) return false;
  if (!planStillHolds(deps.catalogue(), request.plan, request.planDigest)) {
    await failUnstarted(deps, request.id, runNo, "plan-changed", {
      code: "plan-changed",
      sentence:
        "The runbook or its data source changed after this was approved, so nothing ran. Ask again; approvers will see what it does now.",
    });
    return false;
  }
  const person = await deps.directory.check(request.requester);
  if (person.status === "refused" && person.problem !== "unknown") {
    await failUnstarted(deps, request.id, runNo, "failed", {
      code: "requester-gone",
      sentence: `The requester may not act any more (${person.problem}), so nothing ran.`,
    });
    return false;
  }
  // A directory that can't answer opens nothing: the run stays queued, and the sweeper hands it over again.
  return person.status === "ok";
}

async function failUnstarted(
  deps: Deps,
  requestId: string,
  runNo: number,
  cause: "plan-changed" | "failed",
  failure: Failure,
): Promise<void> {
  const outcome = await deps.store.change(requestId, (request) => {
    const now = deps.clock.now();
    const failed = finishRun(request, runNo, { event: "fail", failure }, undefined, now);
    return failed.status === "changed" ? beginRevocation(failed.request, { cause }, now) : failed;
  });
  if (outcome.status === "changed") await handOver(deps, outcome.request);
}
