import { lastEditorFindings } from "../policy/last-editor-findings.ts";
import type { AccessFinding } from "../runbook/access-findings.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { proposalOf } from "./proposal.ts";

/** Rule ACC26, for every runbook of the catalogue. */
export function checkLastEditors({ access, runbooks, dataSources }: Catalogue): AccessFinding[] {
  const proposals = [...runbooks.values()].flatMap((runbook) => {
    const dataSource = dataSources.get(runbook.datasource);
    return dataSource ? [proposalOf(runbook, dataSource)] : [];
  });
  return lastEditorFindings(access, proposals);
}
