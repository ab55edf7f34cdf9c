import type { Access } from "../access-file.ts";
import type { Path } from "../yaml-file.ts";
import { noSuchGroup } from "./no-such-group.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";
import { scanBudget } from "./sql-rules.ts";

export const accessRules: readonly Rule[] = [
  {
    id: "RB010",
    severity: "error",
    says: "Requesters and approvers are groups of access.yml.",
    check: ({ runbook, access }) => [
      ...unknownGroups(access, runbook.access.requesters, ["access", "requesters"]),
      ...unknownGroups(access, runbook.approval.approvers, ["approval", "approvers"]),
    ],
  },
  {
    id: "APR01",
    severity: "error",
    says: "At least one group approves, and not only groups that are requesters.",
    check: ({ runbook: { access, approval } }) =>
      approval.approvers.every((group) => access.requesters.includes(group))
        ? [
            {
              path: ["approval", "approvers"],
              message: "every group that approves is also one that asks; name another",
            },
          ]
        : [],
  },
  {
    id: "APR02",
    severity: "error",
    says: "riskLevel critical needs at least two approvals and lapses within an hour.",
    check: ({ runbook: { metadata, approval } }) =>
      metadata.riskLevel === "critical" &&
      (approval.minRequiredApprovals < 2 || approval.timeoutSeconds > 3600)
        ? [
            {
              path: ["approval"],
              message: "critical needs minRequiredApprovals ≥ 2 and timeoutSeconds ≤ 3600",
            },
          ]
        : [],
  },
  {
    id: "APR03",
    severity: "warning",
    says: "Enough people can approve, also when one of them asks.",
    check: fewApprovers,
  },
  {
    id: "GRT01",
    severity: "error",
    says: "A runbook that grants only single runs has maxRuns 1.",
    check: ({ runbook: { grant } }) =>
      grant.maxRuns > 1 && !grant.kinds.includes("window")
        ? [{ path: ["grant", "maxRuns"], message: "a single run runs once; write 1 or add the kind window" }]
        : [],
  },
  {
    id: "GRT02",
    severity: "error",
    says: "Only a runbook whose requester writes the query, and that grants windows, approves within-guardrails.",
    check: ({ runbook: { grant, parameters } }) =>
      grant.approves !== "within-guardrails" ||
      (grant.kinds.includes("window") &&
        Object.values(parameters.properties).some(({ type }) => type === "sql"))
        ? []
        : [
            {
              path: ["grant", "approves"],
              message:
                "there is no other query to approve: a parameter of type sql and the kind window are needed",
            },
          ],
  },
  {
    id: "LIM01",
    severity: "error",
    says: "timeoutSeconds is at most 600, below the 15 minutes of a session; for Athena there is maxBytesScanned, at most what the data source allows.",
    check: scanBudget,
  },
];

function unknownGroups(access: Access | undefined, groups: readonly string[], path: Path): Finding[] {
  if (!access) return [];
  return groups.flatMap((group, at) =>
    Object.hasOwn(access.groups, group) ? [] : [{ path: [...path, at], message: noSuchGroup(group, access) }],
  );
}

/** Nobody approves their own request, so of the approvers who may also ask one may be missing. */
function fewApprovers({ runbook, access }: RuleContext): Finding[] {
  // Who a directory will name, nobody knows here.
  const elsewhere = runbook.approval.approvers.some((group) => !access?.groups[group]?.members);
  if (!access || elsewhere) return [];
  const approvers = membersOf(access, runbook.approval.approvers);
  const requesters = membersOf(access, runbook.access.requesters);
  const sure = approvers.size - ([...approvers].some((one) => requesters.has(one)) ? 1 : 0);
  const { minRequiredApprovals: needed } = runbook.approval;
  if (sure >= needed) return [];
  const people = `${approvers.size} ${approvers.size === 1 ? "person" : "people"}`;
  return [
    { path: ["approval"], message: `${needed} must approve, and ${people} can, who may themselves ask` },
  ];
}

/** User ids: one under several teams is one person. */
function membersOf(access: Access, groups: readonly string[]): Set<string> {
  const members = groups.flatMap(
    (group) => (Object.hasOwn(access.groups, group) ? access.groups[group]?.members : []) ?? [],
  );
  return new Set(members.map((member) => member.replace(/^.*:/, "")));
}
