import type { RuleFacts } from "../runbook/rule-expression.ts";
import type { Classification, PersonId, RiskLevel } from "../runbook/plan.ts";
import type { Membership } from "./membership.ts";

/** What a runbook proposes about people, and what policies match it by; `access.yml` can only narrow it. */
export type Proposal = {
  runbook: string;
  title: string;
  version: string;
  tags: readonly string[];
  riskLevel: RiskLevel;
  classification: Classification;
  environment: string;
  operation: "read" | "write";
  /** The group that answers for the runbook. */
  owner: string;
  dataSourceOwner?: string;
  /** Slack user id, or team and id, of who last edited the runbook. */
  lastEditor?: string;
  requesters: readonly string[];
  approvers: readonly string[];
  minRequiredApprovals: number;
  timeoutSeconds: number;
  maxDurationMinutes: number;
};

/** Everything that a decision is made of: nothing is looked up while deciding. */
export type Question = {
  /** Team of people whom `access.yml` names without one. */
  team: string;
  requester: PersonId;
  proposal: Proposal;
  /** Members of each group that `neededGroups` names, by group. A group that is missing here is unavailable. */
  groups: ReadonlyMap<string, Membership>;
  /** What rules are asked over; absent: nothing is typed yet, and rules are not asked. */
  facts?: RuleFacts;
  /** What could not be found out for the facts, e.g. a schedule, and why. */
  unknown?: readonly { group: string; why: string }[];
};
