import { type Access, type AccessPolicy, matchesRunbook } from "../runbook/access-file.ts";
import type { Proposal } from "./question.ts";

/** What a runbook is matched by. */
export type Matched = Pick<
  Proposal,
  "runbook" | "tags" | "riskLevel" | "classification" | "environment" | "operation"
>;

/** Every policy whose matchers all hold; none means that nobody may ask. */
export function matchPolicies(access: Access, runbook: Matched): AccessPolicy[] {
  return access.policies.filter((policy) => {
    const holds = [
      policy.runbooks?.some((pattern) => matchesRunbook(pattern, runbook.runbook)),
      policy.tags?.some((tag) => runbook.tags.includes(tag)),
      policy.risk?.includes(runbook.riskLevel),
      policy.classification?.includes(runbook.classification),
      policy.environments?.includes(runbook.environment),
      policy.operations?.includes(runbook.operation),
    ].filter((one) => one !== undefined);
    // The schema refuses a policy without any matcher; should one come, it is for nothing rather than for everything.
    return holds.length > 0 && holds.every(Boolean);
  });
}
