import type { Access } from "../runbook/access-file.ts";
import { readRule } from "../runbook/access-rule.ts";
import { requesterTeam } from "../runbook/access-step.ts";
import { compileExpression } from "../runbook/rule-expression.ts";
import { matchPolicies } from "./match-policies.ts";
import type { Proposal } from "./question.ts";

/** The groups that a decision about this runbook may turn on; nobody else's directory has to answer. */
export function neededGroups(access: Access, proposal: Proposal, withRules: boolean): Set<string> {
  const policies = matchPolicies(access, proposal);
  const rules = withRules ? (access.rules ?? []) : [];
  const steps = [
    ...policies.flatMap(({ approval }) => approval.steps ?? []),
    ...rules.flatMap(({ steps: more = [] }) => more),
  ];
  const excluded = steps.flatMap(({ exclude = [] }) => exclude);
  const needed = [
    ...policies.flatMap(({ requesters, approval }) => [...requesters, ...(approval.approvers ?? [])]),
    ...steps.flatMap(({ anyOf = [], allOf = [], escalate }) => [...anyOf, ...allOf, ...(escalate?.to ?? [])]),
    ...excluded.filter((name) => name !== requesterTeam),
    ...(excluded.includes(requesterTeam) ? teamsOf(access) : []),
    ...(withRules && factsNamed(access).has("requester.groups") ? Object.keys(access.groups) : []),
    ...(access.delegation?.to ?? []),
    ...proposal.approvers,
    ...proposal.requesters,
  ];
  return new Set(needed.filter((name) => Object.hasOwn(access.groups, name)));
}

/** Groups marked `team: true`. */
export function teamsOf(access: Access): string[] {
  return Object.entries(access.groups).flatMap(([name, { team }]) => (team ? [name] : []));
}

/** Facts that any rule names, so that the others need not be found out. */
export function factsNamed(access: Access): Set<string> {
  const names = (access.rules ?? []).flatMap((rule) => {
    const compiled = compileExpression(readRule(rule).expression);
    return compiled.status === "compiled" ? compiled.names : [];
  });
  return new Set(names);
}
