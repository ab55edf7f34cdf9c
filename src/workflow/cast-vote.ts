import { mayAsk } from "../policy/approval.ts";
import { mayVote } from "../policy/may-vote.ts";
import { refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { castVote as castOnRequest } from "../request/vote.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import { proposalOf } from "./proposal.ts";
import type { ActOutcome, VoteAct } from "./use-cases.ts";

/**
 * An approver's answer to exactly the plan that they saw. Everything that could forbid it is asked again now:
 * the person by a fresh look-up, membership then and now, the policy, the time, and in the write itself the state.
 */
export async function castVote(deps: Deps, act: VoteAct): Promise<ActOutcome> {
  return actOn(deps, act, `${act.decision} request`, (request, now) => {
    if (!request.planDigest.startsWith(act.shownDigest) || act.shownDigest.length < 12)
      return refused({ kind: "changed-since-shown" });
    const current = currentRules(deps, request);
    const verdict = mayVote(request, act.by, current.approvers);
    if (verdict.status === "refused") return verdict;
    if (current.status === "gone" && act.decision === "approve" && request.state === "pending")
      return refused({ kind: "no-longer-allowed" });
    const vote = {
      by: act.by,
      decision: act.decision,
      ...(act.reason === undefined ? {} : { reason: act.reason.trim().toWellFormed() }),
    };
    return castOnRequest(request, vote, { rule: verdict.rule, count: current.count }, now);
  });
}

/** What the files say now about this request; a runbook or a right that is gone leaves the people of then, for a denial. */
function currentRules(deps: Deps, request: Request) {
  const runbook = deps.catalogue().runbooks.get(request.plan.runbook.name);
  const verdict =
    runbook && mayAsk(deps.catalogue().access, deps.team, proposalOf(runbook), request.requester);
  if (verdict?.status === "allowed") {
    const { approvers, count } = verdict.rules.approval;
    return { status: "current", approvers, count } as const;
  }
  return { status: "gone", approvers: request.approval.approvers, count: request.approval.count } as const;
}
