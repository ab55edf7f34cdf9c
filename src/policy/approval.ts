import type { Approval } from "../request/request.ts";
import { certainlySamePerson, distinctPeople, possiblySamePerson } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";
import { type Access, type AccessPolicy, matchesRunbook } from "../runbook/access-file.ts";
import { membersOf } from "./groups.ts";

/** What a runbook proposes about people; `access.yml` can only narrow it. */
export type Proposal = {
  runbook: string;
  requesters: readonly string[];
  approvers: readonly string[];
  minRequiredApprovals: number;
  timeoutSeconds: number;
  maxDurationMinutes: number;
};

export type Rules = {
  approval: Approval;
  pendingMinutes: number;
  maxDurationMinutes: number;
  requesterGroups: readonly string[];
};

export type MayAsk =
  | { status: "allowed"; rules: Rules }
  | { status: "not-a-requester"; groups: readonly string[] }
  | {
      status: "nobody-can-approve";
      groups: readonly string[];
      needed: number;
      available: number;
      /** What would hold if there were enough people. */
      rules: Rules;
    };

/**
 * Whether the person may ask for the runbook, and who would decide. Deny by default: a runbook without a policy
 * has no requesters. Both the runbook and every policy that matches it must name the person and the approvers,
 * the higher count and the shorter times win, and the requester never counts as an approver.
 */
export function mayAsk(access: Access, team: string, proposal: Proposal, requester: PersonId): MayAsk {
  const policies = policiesFor(access, proposal.runbook);
  const requesterGroups = narrow(
    proposal.requesters,
    policies.map((p) => p.requesters),
  );
  if (!membersOf(access, team, requesterGroups).some((member) => certainlySamePerson(member, requester)))
    return { status: "not-a-requester", groups: requesterGroups };

  const groups = narrow(
    proposal.approvers,
    policies.map((p) => p.approval.approvers),
  );
  const approvers = membersOf(access, team, groups).filter(
    (member) => !possiblySamePerson(member, requester),
  );
  const count = Math.max(proposal.minRequiredApprovals, ...policies.map((p) => p.approval.count));
  const channel = policies[0]?.channel;
  if (channel === undefined) return { status: "not-a-requester", groups: requesterGroups };

  const rules: Rules = {
    approval: {
      policy: policies.map((p) => p.name).join(", "),
      groups,
      approvers,
      count,
      channel,
      allowPreview: policies.every((p) => p.allowPreview),
    },
    pendingMinutes: Math.min(proposal.timeoutSeconds / 60, ...policies.map((p) => p.pendingMinutes)),
    maxDurationMinutes: Math.min(
      proposal.maxDurationMinutes,
      ...policies.map((p) => p.maxDurationMinutes ?? 60),
    ),
    requesterGroups,
  };
  const available = distinctPeople(approvers).length;
  return available < count
    ? { status: "nobody-can-approve", groups, needed: count, available, rules }
    : { status: "allowed", rules };
}

function policiesFor(access: Access, runbook: string): AccessPolicy[] {
  return access.policies.filter((policy) =>
    policy.runbooks.some((pattern) => matchesRunbook(pattern, runbook)),
  );
}

/** Groups that every list names; no policy at all leaves nobody. */
function narrow(proposed: readonly string[], lists: readonly (readonly string[])[]): string[] {
  if (lists.length === 0) return [];
  return proposed.filter((group) => lists.every((list) => list.includes(group)));
}
