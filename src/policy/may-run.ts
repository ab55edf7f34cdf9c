import type { Request } from "../request/request.ts";
import type { Access } from "../runbook/access-file.ts";
import { mayAsk, type Proposal } from "./approval.ts";

export type MayRun =
  | { status: "allowed" }
  | {
      status: "no-longer-allowed";
      /** For the thread: what changed, and what to do. */
      sentence: string;
    };

/**
 * Whether the policy as it is now still lets the requester run what was approved: they may still ask for it, and
 * the window is not longer than it would be given now. Approvers are not asked again: they were allowed to vote when
 * they did, and who left since then takes back no approval.
 */
export function mayRun(
  access: Access,
  team: string,
  proposal: Proposal,
  request: Request,
  now: Date,
): MayRun {
  const verdict = mayAsk(access, team, proposal, request.requester);
  if (verdict.status === "not-a-requester")
    return {
      status: "no-longer-allowed",
      sentence: `The policy changed after this was approved: its requester may not ask for ${proposal.runbook} any more, so nothing ran. An admin can say why.`,
    };
  const { maxDurationMinutes } = verdict.rules;
  const sinceMs = now.getTime() - Date.parse(request.grant?.startsAt ?? now.toISOString());
  if (sinceMs >= maxDurationMinutes * 60_000)
    return {
      status: "no-longer-allowed",
      sentence: `The policy changed after this was approved: it gives at most ${maxDurationMinutes} minutes now, and they are over, so nothing ran. Ask again.`,
    };
  return { status: "allowed" };
}
