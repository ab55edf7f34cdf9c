import type { Proposal } from "../policy/question.ts";
import type { DataSource } from "../runbook/data-sources.ts";
import { operationOf } from "../runbook/operation-of.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";

/** What the runbook's own file proposes about people, for `access.yml` to narrow, and what policies match it by. */
export function proposalOf(runbook: LoadedRunbook, dataSource: DataSource): Proposal {
  const { metadata, approval, access, grant, output } = runbook;
  return {
    runbook: metadata.name,
    title: metadata.title,
    version: metadata.version,
    tags: metadata.tags ?? [],
    riskLevel: metadata.riskLevel,
    classification: output.classification,
    environment: dataSource.target.environment,
    operation: operationOf(runbook.steps),
    owner: metadata.owner,
    ...(dataSource.owner === undefined ? {} : { dataSourceOwner: dataSource.owner }),
    ...(metadata.lastEditor === undefined ? {} : { lastEditor: metadata.lastEditor }),
    requesters: access.requesters,
    approvers: approval.approvers,
    minRequiredApprovals: approval.minRequiredApprovals,
    timeoutSeconds: approval.timeoutSeconds,
    maxDurationMinutes: grant.maxDurationMinutes,
  };
}
