import { breakGlassGroups } from "../policy/may-break-glass.ts";
import { type MayRun, mayRun } from "../policy/may-run.ts";
import type { Refusal } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { policyInput, type PolicyDeps } from "./policy-input.ts";

/**
 * What the files and directories say now about running what was approved. A runbook that is gone is not a matter of
 * policy: its plan no longer holds.
 */
export async function askPolicyAgain(deps: PolicyDeps, request: Request, now: Date): Promise<MayRun> {
  const { plan, requester, reference } = request;
  const planned = { plan, ...(reference === undefined ? {} : { reference }) };
  const { access } = deps.catalogue();
  const also = request.breakGlass ? breakGlassGroups(access) : [];
  const asked = { runbook: plan.runbook.name, requester, planned, also };
  const question = await policyInput(deps, asked, now, { fresh: true });
  return question ? mayRun(access, question, request, now) : { status: "allowed", allowPreview: false };
}

/** Why nothing may be queued now, or nothing. */
export function refusalOf(verdict: MayRun): Refusal | undefined {
  switch (verdict.status) {
    case "allowed":
      return undefined;
    case "unavailable":
      return { kind: "group-unavailable", group: verdict.group, why: verdict.why };
    case "no-longer-allowed":
      return { kind: "no-longer-allowed" };
  }
}
