import type { Access } from "../runbook/access-file.ts";
import type { AccessFinding } from "../runbook/access-findings.ts";
import { matchPolicies } from "./match-policies.ts";
import type { Proposal } from "./question.ts";

/** Runbooks that a policy lets nobody approve: it excludes who last edited them, and they do not say who did. */
export function lastEditorFindings(access: Access, proposals: readonly Proposal[]): AccessFinding[] {
  return access.policies.flatMap((policy, at): AccessFinding[] => {
    if (policy.approval.lastEditor !== "exclude") return [];
    const unsaid = proposals.filter(
      (one) => one.lastEditor === undefined && matchPolicies(access, one).includes(policy),
    );
    if (unsaid.length === 0) return [];
    const names = unsaid.map(({ runbook }) => runbook).join(", ");
    const message = `ACC26: nobody can approve ${names}: metadata.lastEditor is missing there, and this policy excludes the last editor`;
    return [{ path: ["policies", at, "approval", "lastEditor"], message, severity: "warning" }];
  });
}
