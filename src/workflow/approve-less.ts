import { ballotsOf } from "../policy/cast-ballots.ts";
import { type Refusal, refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import { actOn } from "./act-on-request.ts";
import { castVote } from "./cast-vote.ts";
import type { Deps } from "./deps.ts";
import { policyInput } from "./policy-input.ts";
import { usableDelegations } from "./usable-delegations.ts";
import { planNarrowed } from "./plan-narrowed.ts";
import type { LessApproved, NarrowedOutcome } from "./use-cases.ts";

const ACT = "approve less";

/**
 * An approver approves a narrower plan than the one they saw: their vote stands for that plan, and so do the approvals of
 * the wider one. Everything is asked as at any vote, the policy about the narrower plan.
 */
export async function approveLess(deps: Deps, act: LessApproved): Promise<NarrowedOutcome> {
  const stored = await deps.store.get(act.requestId);
  if (!stored) return { status: "not-found" };
  const { request } = stored;
  const { requestId, by, shownDigest, wanted } = act;
  const vote = { requestId, by, decision: "approve", shownDigest } as const;
  // A request that is decided refuses the vote; its own plan can stand for nothing else.
  if (request.state !== "pending") return castVote(deps, vote, request.plan);
  const why = await whyNotAllowed(deps, request, by);
  if (why) return actOn(deps, act, ACT, () => refused(why));
  if (!request.planDigest.startsWith(shownDigest))
    return actOn(deps, act, ACT, () => refused({ kind: "changed-since-shown" }));
  const planned = await planNarrowed(deps, request.plan, wanted, deps.clock.now());
  switch (planned.status) {
    case "invalid":
      return planned;
    case "refused":
      return actOn(deps, act, ACT, () => refused({ kind: "cannot-narrow", sentence: planned.sentence }));
    case "planned":
      return castVote(deps, vote, planned.plan);
  }
}

/** Whoever may not vote is told so before anybody reads what they typed: what is wrong with it tells of the request. */
async function whyNotAllowed(deps: Deps, request: Request, by: PersonId): Promise<Refusal | undefined> {
  const { plan, requester, reference } = request;
  const planned = { plan, ...(reference === undefined ? {} : { reference }) };
  const asked = { runbook: plan.runbook.name, requester, planned };
  const now = deps.clock.now();
  const question = await policyInput(deps, asked, now, { fresh: true });
  const delegations = await usableDelegations(deps, by);
  const { access } = deps.catalogue();
  const may = ballotsOf({ access, question, delegations, now }, request, by);
  return may.status === "refused" ? may.why : undefined;
}
