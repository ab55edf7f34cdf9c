import type { Proposal } from "../policy/approval.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";

/** What the runbook's own file proposes about people, for `access.yml` to narrow. */
export function proposalOf(runbook: LoadedRunbook): Proposal {
  return {
    runbook: runbook.metadata.name,
    requesters: runbook.access.requesters,
    approvers: runbook.approval.approvers,
    minRequiredApprovals: runbook.approval.minRequiredApprovals,
    timeoutSeconds: runbook.approval.timeoutSeconds,
    maxDurationMinutes: runbook.grant.maxDurationMinutes,
  };
}
