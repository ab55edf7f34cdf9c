import { failLook, LOOK_RUN, recordSight, startLook } from "../request/look.ts";
import type { Failure, Request } from "../request/request.ts";
import type { Plan } from "../runbook/plan.ts";
import { matchPolicies } from "../policy/match-policies.ts";
import { handOver } from "./hand-over.ts";
import { type LookDeps, lookAtItem, type Sight } from "./look-at-item.ts";
import { proposalOf } from "./proposal.ts";
import { planStillHolds, resolveSeen } from "./resolve-plan.ts";

/**
 * Looks at the item of a write that nobody could judge otherwise, once per attempt, and makes what was seen part of the
 * plan: approvers are shown it, and the write's condition demands it. Whether the look is still allowed is asked again.
 */
export async function lookBefore(deps: LookDeps, requestId: string): Promise<void> {
  const started = await deps.store.change(requestId, (request) =>
    startLook(request, deps.worker, deps.clock.now()),
  );
  if (started.status !== "changed") return;
  const { request } = started;
  if (request.look?.state !== "reading") return handOver(deps, request);
  const seen = await see(deps, request);
  const ended = await deps.store.change(requestId, (current) => {
    const now = deps.clock.now();
    return "plan" in seen
      ? recordSight(current, seen.plan, deps.worker, now)
      : failLook(current, seen.failure, seen.mayPass, deps.worker, now);
  });
  if (ended.status !== "changed") return;
  deps.log.info("the item of a write was looked at", { requestId, state: ended.request.look?.state });
  await handOver(deps, ended.request);
}

type Seen = { plan: Plan } | { failure: Failure; mayPass: boolean };

async function see(deps: LookDeps, request: Request): Promise<Seen> {
  if ((await planStillHolds(deps, request.plan, request.planDigest)) !== "holds")
    return lost(
      "plan-changed",
      "The runbook or its data source changed, so its item was not looked at. Ask again.",
    );
  if (!mayBeShown(deps, request))
    return lost(
      "not-allowed",
      "The policy does not let anybody look before the approval any more. Ask again.",
    );
  const sight = await lookAtItem(deps, request, LOOK_RUN);
  if (sight.status === "unseen") return { failure: sight, mayPass: !isFinal(sight) };
  const plan = await resolveSeen(deps, request.plan, {
    status: "read",
    at: deps.clock.now().toISOString(),
    image: sight.image,
  });
  return plan
    ? { plan }
    : lost("not-showable", "What stands there can't be part of a plan. The runbook's owner must look at it.");
}

/** Security allows it in advance, in every policy that the runbook falls under. */
function mayBeShown({ catalogue }: LookDeps, { plan }: Request): boolean {
  const { runbooks, dataSources, access } = catalogue();
  const runbook = runbooks.get(plan.runbook.name);
  const dataSource = runbook && dataSources.get(runbook.datasource);
  return (
    runbook !== undefined &&
    dataSource !== undefined &&
    allowsBeforeImage(matchPolicies(access, proposalOf(runbook, dataSource)))
  );
}

/** Nobody allowed it where there is no policy. */
function allowsBeforeImage(policies: readonly { allowBeforeImage?: boolean }[]): boolean {
  return policies.length > 0 && policies.every(({ allowBeforeImage }) => allowBeforeImage === true);
}

const FINAL = new Set([
  "access-denied",
  "not-showable",
  "not-found",
  "invalid-call",
  "not-proven",
  "policy-refused",
]);

function isFinal({ code }: Sight & { status: "unseen" }): boolean {
  return FINAL.has(code);
}

function lost(code: string, sentence: string): Seen {
  return { failure: { code, sentence }, mayPass: false };
}
