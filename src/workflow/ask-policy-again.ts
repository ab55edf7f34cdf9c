import { type MayRun, mayRun } from "../policy/may-run.ts";
import type { Request } from "../request/request.ts";
import type { Deps } from "./deps.ts";
import { proposalOf } from "./proposal.ts";

/** What the files say now about running what was approved. A runbook that is gone is not a matter of policy: its plan no longer holds. */
export function askPolicyAgain(
  { catalogue, team }: Pick<Deps, "catalogue" | "team">,
  request: Request,
  now: Date,
): MayRun {
  const { runbooks, access } = catalogue();
  const runbook = runbooks.get(request.plan.runbook.name);
  return runbook ? mayRun(access, team, proposalOf(runbook), request, now) : { status: "allowed" };
}
