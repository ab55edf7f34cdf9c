import type { Membership } from "../../src/policy/membership.ts";
import { findGroup, personOf } from "../../src/policy/membership.ts";
import type { Proposal, Question } from "../../src/policy/question.ts";
import type { Access, AccessPolicy } from "../../src/runbook/access-file.ts";
import type { PersonId } from "../../src/runbook/plan.ts";
import type { RuleFacts } from "../../src/runbook/rule-expression.ts";
import { requester } from "../fixtures/a-request.ts";

export const TEAM = requester.teamId;

/** A runbook as its own file has it: `askers` ask, `deciders` approve. */
function aProposal(more: Partial<Proposal> = {}): Proposal {
  return {
    runbook: "orders-by-id",
    title: "One order",
    version: "1.0.0",
    tags: ["orders"],
    riskLevel: "low",
    classification: "internal",
    environment: "production",
    operation: "read",
    owner: "deciders",
    requesters: ["askers"],
    approvers: ["deciders"],
    minRequiredApprovals: 1,
    timeoutSeconds: 3600,
    maxDurationMinutes: 60,
    ...more,
  };
}

/** A policy for every runbook called orders-… */
export function aPolicy(more: Partial<AccessPolicy> = {}): AccessPolicy {
  return {
    name: "orders",
    runbooks: ["orders-*"],
    requesters: ["askers"],
    approval: { approvers: ["deciders"], count: 1 },
    pendingMinutes: 60,
    maxDurationMinutes: 60,
    channel: "C0APPROVALS",
    allowPreview: false,
    ...more,
  };
}

/** Groups with these members; `askers` has the requester of the fixtures. */
export function anAccess(groups: Record<string, string[]>, more: Partial<Access> = {}): Access {
  const members = { askers: [requester.userId], deciders: [], ...groups };
  return {
    groups: Object.fromEntries(Object.entries(members).map(([name, of]) => [name, { members: of }])),
    admins: [],
    policies: [aPolicy()],
    ...more,
  };
}

/** A question over the members that the file has; other groups as `known`, or unavailable. */
export function aQuestion(
  access: Access,
  more: {
    requester?: PersonId;
    proposal?: Partial<Proposal>;
    known?: Record<string, Membership>;
    facts?: RuleFacts;
  } = {},
): Question {
  const proposal = aProposal(more.proposal);
  const person = more.requester ?? requester;
  const subject = { requester: person, owner: proposal.owner };
  const groups = Object.keys(access.groups).map((name): [string, Membership] => {
    const found = findGroup(access, name, subject);
    if (found.kind === "members")
      return [name, { status: "known", value: found.members.map((member) => personOf(member, TEAM)) }];
    return [
      name,
      more.known?.[name] ?? { status: "unavailable", why: "PagerDuty did not answer within 2 s" },
    ];
  });
  return {
    team: TEAM,
    requester: person,
    proposal,
    groups: new Map(groups),
    ...(more.facts ? { facts: more.facts } : {}),
  };
}
