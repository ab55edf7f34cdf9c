import { policyFindings } from "../policy/policy-findings.ts";
import type { AccessFinding } from "../runbook/access-findings.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { proposalOf } from "./proposal.ts";

/** Rules ACC06, ACC19 and ACC20: what `access.yml` comes to for each runbook. */
export function checkPolicies({ access, runbooks, dataSources }: Catalogue): AccessFinding[] {
  const proposals = [...runbooks.values()].flatMap((runbook) => {
    const dataSource = dataSources.get(runbook.datasource);
    return dataSource ? [proposalOf(runbook, dataSource)] : [];
  });
  return policyFindings(access, proposals);
}
