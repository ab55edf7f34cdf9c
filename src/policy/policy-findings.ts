import { distinctPeople } from "../request/same-person.ts";
import { type Access, type AccessPolicy, mayMatchRunbook } from "../runbook/access-file.ts";
import type { AccessFinding } from "../runbook/access-findings.ts";
import type { PersonId } from "../runbook/plan.ts";
import { requesterGroups } from "./decide.ts";
import { matchPolicies } from "./match-policies.ts";
import { findGroup, type Membership, personOf } from "./membership.ts";
import { neededGroups } from "./needed-groups.ts";
import { groupsOf, neededSteps } from "./needed-steps.ts";
import type { Proposal, Question } from "./question.ts";
import { resolveSteps } from "./resolve-steps.ts";

/** Team of people whom the file names without one, as far as anybody can tell here. */
const HOME = "T0HOME";

/**
 * What policies and runbooks make of each other: a runbook that nobody may ask for or that nobody could approve, and
 * an escalation that the runbook's approvers leave no group of. People are looked at where the file itself has them.
 */
export function policyFindings(access: Access, proposals: readonly Proposal[]): AccessFinding[] {
  return [
    ...proposals.flatMap((proposal) => peopleFindings(access, proposal)),
    ...access.policies.flatMap((policy, at) => escalationFindings(access, policy, at, proposals)),
  ];
}

function peopleFindings(access: Access, proposal: Proposal): AccessFinding[] {
  const { runbook } = proposal;
  // A name that no policy has is told by what looks at names alone.
  const named = access.policies.findIndex((policy) => mayMatchRunbook(policy, runbook));
  if (named < 0) return [];
  const policies = matchPolicies(access, proposal);
  const [first] = policies;
  if (!first)
    return [
      warning(
        ["policies", named],
        `ACC06: no policy lets anybody ask for "${runbook}": of those that have its name none has its tags, risk, classification, environment and operation`,
      ),
    ];
  const at = access.policies.indexOf(first);
  const groups = requesterGroups(proposal, policies);
  if (groups.length === 0)
    return [
      warning(
        ["policies", at, "requesters"],
        `ACC06: nobody may ask for "${runbook}": its own requesters (${proposal.requesters.join(", ")}) and those of ${policies.map(({ name }) => name).join(" and ")} share no group`,
      ),
    ];
  const askers = knownMembers(access, proposal, groups);
  if (askers?.length === 0)
    return [
      warning(
        ["policies", at, "requesters"],
        `ACC06: nobody may ask for "${runbook}": nobody is in ${groups.join(" or ")}`,
      ),
    ];
  const lacking = whyNeverApproved(access, proposal, policies, askers);
  return lacking === undefined ? [] : [warning(["policies", at, "approval"], `ACC19: ${lacking}`)];
}

/** Nothing where a directory has a say, and where a rule could approve instead. */
function whyNeverApproved(
  access: Access,
  proposal: Proposal,
  policies: readonly AccessPolicy[],
  askers: readonly PersonId[] | undefined,
): string | undefined {
  const mayBeAutomatic =
    access.rules?.some(({ approve }) => approve !== undefined) && !policies.some(({ always }) => always);
  const names = [...neededGroups(access, proposal, false)];
  const isKnown = names.every((name) => knownMembers(access, proposal, [name]));
  if (mayBeAutomatic || !isKnown || !askers) return undefined;
  const steps = neededSteps(proposal, policies, []);
  const groups = new Map(
    names.map((name): [string, Membership] => [
      name,
      { status: "known", value: knownMembers(access, proposal, [name]) ?? [] },
    ]),
  );
  let lacking: ReturnType<typeof resolveSteps>["lacking"];
  for (const requester of askers) {
    const question: Question = { team: HOME, requester, proposal, groups };
    lacking = resolveSteps(access, question, steps).lacking;
    if (!lacking) return undefined;
  }
  if (!lacking) return undefined;
  const { step, available } = lacking;
  return `whoever asks for "${proposal.runbook}", nobody could approve it: the step ${step.name} needs ${step.count} of ${step.groups.join(" or ") || "no group"}, and ${available} can`;
}

/** Each once; nothing where one of the groups is asked of somebody else. */
function knownMembers(
  access: Access,
  { owner, dataSourceOwner }: Proposal,
  names: readonly string[],
): PersonId[] | undefined {
  const nobody = { teamId: HOME, userId: "" };
  const subject = { requester: nobody, owner, ...(dataSourceOwner === undefined ? {} : { dataSourceOwner }) };
  const found = names.map((name) => findGroup(access, name, subject));
  if (found.some(({ kind }) => kind === "asked")) return undefined;
  const members = found.flatMap((group) => (group.kind === "members" ? group.members : []));
  return distinctPeople(members.map((member) => personOf(member, HOME)));
}

/** Groups that a step says it escalates to, and does not, by what else is asked for a runbook. */
function escalationFindings(
  access: Access,
  policy: AccessPolicy,
  at: number,
  proposals: readonly Proposal[],
): AccessFinding[] {
  return (policy.approval.steps ?? []).flatMap(({ name, allOf, escalate }, index) => {
    if (!escalate) return [];
    const names = allOf ? allOf.map((group) => `${name} (${group})`) : [name];
    return proposals.flatMap((proposal) => {
      const policies = matchPolicies(access, proposal);
      if (!policies.includes(policy)) return [];
      const left = neededSteps(proposal, policies, [])
        .filter((step) => names.includes(step.name))
        .map((step) => (step.escalate ? groupsOf(step.escalate) : []));
      const lost = escalate.to.filter((group) => !left.every((groups) => groups.includes(group)));
      if (lost.length === 0) return [];
      return [
        warning(
          ["policies", at, "approval", "steps", index, "escalate", "to"],
          `ACC20: for "${proposal.runbook}" the step ${name} does not escalate to ${lost.join(" or ")}: the step is held to the runbook's approvers (${proposal.approvers.join(", ")}) or to another policy's step of that name; name the group there too, or take it out here`,
        ),
      ];
    });
  });
}

function warning(path: (string | number)[], message: string): AccessFinding {
  return { path, message, severity: "warning" };
}
