import { castBallots } from "../policy/cast-ballots.ts";
import { refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import type { Plan } from "../runbook/plan.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import { planStillHolds } from "./resolve-plan.ts";
import { policyInput } from "./policy-input.ts";
import { usableDelegations } from "./usable-delegations.ts";
import type { ActOutcome, VoteAct } from "./use-cases.ts";

/**
 * An approver's answer to exactly the plan that they saw. Everything that could forbid it is asked again now:
 * the person by a fresh look-up, membership then and now, the policy and its rules, the directories behind the groups,
 * who is away, the time, and in the write itself the state. Where the policy became stricter, what it asks for besides is needed too.
 *
 * @param less an approval stands for this plan instead, which was made of the stored one and is narrower
 */
export async function castVote(deps: Deps, act: VoteAct, less?: Plan): Promise<ActOutcome> {
  const stored = await deps.store.get(act.requestId);
  if (!stored) return { status: "not-found" };
  const { requester, reference } = stored.request;
  const plan = less ?? stored.request.plan;
  // Another plan has another digest, which is refused in the write; the rest of these does not change in a request.
  const planned = { plan, ...(reference === undefined ? {} : { reference }) };
  const asked = { runbook: plan.runbook.name, requester, planned };
  const question = await policyInput(deps, asked, deps.clock.now(), { fresh: true });
  const delegations = await usableDelegations(deps, act.by);
  const asAsked = await isAsAsked(deps, stored.request);
  const { access } = deps.catalogue();

  return actOn(deps, act, `${act.decision} request`, (request, now) => {
    if (!request.planDigest.startsWith(act.shownDigest) || act.shownDigest.length < 12)
      return refused({ kind: "changed-since-shown" });
    if (request.planDigest !== stored.request.planDigest) return refused({ kind: "changed-since-shown" });
    if (act.decision === "approve" && !asAsked) return refused({ kind: "recipe-outdated" });
    const { by, decision } = act;
    const reason = act.reason === undefined ? {} : { reason: act.reason.trim().toWellFormed() };
    return castBallots({ access, question, delegations, now }, request, { by, decision, ...reason }, less);
  });
}

/** Nothing runs by a recipe itself, so no run would find out later that its runbook changed. */
async function isAsAsked(deps: Deps, { plan, planDigest, state }: Request): Promise<boolean> {
  if (!plan.recipe || state !== "pending") return true;
  return (await planStillHolds(deps, plan, planDigest)) === "holds";
}
