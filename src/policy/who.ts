import { type Said, type SaidPart, sayPeople } from "../request/said.ts";
import { type Delegation, isInForce } from "../request/delegation.ts";
import { type Access, type AccessPolicy, matchesRunbook } from "../runbook/access-file.ts";
import type { Plan } from "../runbook/plan.ts";
import { requesterGroups } from "./decide.ts";
import { matchPolicies } from "./match-policies.ts";
import { findGroup, personOf } from "./membership.ts";
import { awayLine, remindersLine } from "./stepping-in-lines.ts";
import { groupsOf, neededSteps } from "./needed-steps.ts";
import type { Question } from "./question.ts";
import { isMember } from "./resolve-steps.ts";

/**
 * Who can ask for a runbook, decide it, see what it returns and end its access, whoever it is that asks. Rules are named
 * and not asked, since what they decide depends on a request.
 */
export function whoParts(
  access: Access,
  question: Question,
  audience: Plan["output"]["audience"],
  at: { now: Date; delegations: readonly Delegation[] },
): SaidPart[] {
  const { proposal } = question;
  const policies = matchPolicies(access, proposal);
  if (policies.length === 0)
    return [
      {
        title: "Nobody",
        lines: [["No policy of access.yml is for this runbook, so nobody may ask for it."]],
      },
    ];
  const asking = requesterGroups(proposal, policies);
  const lines = (groups: readonly string[]) => groups.map((group) => membersOf(access, question, group));
  const parts: SaidPart[] = [
    {
      title: "Who can ask for it",
      lines: asking.length > 0 ? lines(asking) : [["Nobody: the runbook and its policies share no group."]],
    },
    { title: "Who decides", lines: deciding(access, question, policies) },
    { title: "Who can step in", lines: steppingIn(access, question, policies, at) },
    { title: "Who can break the glass", lines: breaking(access, question) },
    { title: "Who sees the results", lines: [seeing(audience, policies)] },
    {
      title: "Who can end its access",
      lines: [["Whoever asked, whoever could decide it, and the admins:"], ...lines(access.admins)],
    },
  ];
  return parts.filter((part) => part.lines.length > 0);
}

function deciding(access: Access, question: Question, policies: readonly AccessPolicy[]): Said[] {
  const steps = neededSteps(question.proposal, policies, []).flatMap((step): Said[] => {
    const groups = groupsOf(step);
    const exclude = [...step.exclude, ...(step.excludeLastEditor ? ["who last edited the runbook"] : [])];
    const but = exclude.length > 0 ? `, but nobody of ${exclude.join(", ")}` : "";
    const after = step.stage > 0 ? ", once the steps before it are approved" : "";
    return [
      [
        `${step.name}: ${step.count} of ${groups.join(" or ") || "no group"}${but}${after}; ${step.because.join("; ")}.`,
      ],
      ...groups.map((group) => membersOf(access, question, group)),
    ];
  });
  const rules = (access.rules ?? []).map(({ name }) => name);
  return [
    ...steps,
    ["Nobody decides their own request, and a person counts once."],
    ...(rules.length > 0 ? [[`By what is asked, these rules change it: ${rules.join(", ")}.`]] : []),
  ];
}

/** Who may decide besides, when, and by what of the file. */
function steppingIn(
  access: Access,
  question: Question,
  policies: readonly AccessPolicy[],
  { now, delegations }: { now: Date; delegations: readonly Delegation[] },
): Said[] {
  const steps = neededSteps(question.proposal, policies, []);
  const delegateGroups = access.delegation?.to ?? [];
  const isAway = (one: Delegation) =>
    isInForce(one, now) &&
    isMember(steps.flatMap(groupsOf), one.delegator, question.groups).member &&
    isMember(delegateGroups, one.delegate, question.groups).member;
  const reminders = policies.find((policy) => policy.reminders)?.reminders;
  return [
    ...steps.flatMap(({ name, escalate }): Said[] => {
      if (!escalate) return [];
      const groups = groupsOf(escalate);
      return [
        [
          `${name}: ${groups.join(" or ") || "no group"} too, once nobody decided it for ${escalate.afterMinutes} minutes (escalate).`,
        ],
        ...groups.map((group) => membersOf(access, question, group)),
      ];
    }),
    ...(reminders ? [[remindersLine(reminders)]] : []),
    ...(delegateGroups.length > 0
      ? [
          [`Whom an approver who is away names, of ${delegateGroups.join(" or ")} (delegation):`],
          ...delegateGroups.map((group) => membersOf(access, question, group)),
          ...delegations.filter(isAway).map(awayLine),
        ]
      : []),
  ];
}

function breaking(access: Access, question: Question): Said[] {
  const { breakGlass } = access;
  if (!breakGlass?.runbooks.some((pattern) => matchesRunbook(pattern, question.proposal.runbook))) return [];
  const { groups, reviewers, maxMinutes, reviewHours } = breakGlass;
  return [
    [
      `Who may ask for it and is in ${groups.join(" or ")} may start it at once, for ${maxMinutes} minutes at most (breakGlass):`,
    ],
    ...groups.map((group) => membersOf(access, question, group)),
    [`Of ${reviewers.join(" or ")} somebody else reviews it within ${reviewHours} hours:`],
    ...reviewers.map((group) => membersOf(access, question, group)),
  ];
}

function membersOf(access: Access, question: Question, group: string): Said {
  const { owner, dataSourceOwner } = question.proposal;
  const found = findGroup(access, group, {
    requester: question.requester,
    owner,
    ...(dataSourceOwner === undefined ? {} : { dataSourceOwner }),
  });
  if (found.kind === "asked" && found.source.kind === "manager")
    return [`${group}: who leads the person that asks`];
  const members = question.groups.get(group);
  if (members?.status === "known") return [`${group}: `, ...sayPeople(members.value)];
  // Admins are written in the file, and no decision asks for them.
  return found.kind === "members"
    ? [`${group}: `, ...sayPeople(found.members.map((member) => personOf(member, question.team)))]
    : [`${group}: can’t be known now (${members?.why ?? "it was not asked for"})`];
}

function seeing(audience: Plan["output"]["audience"], policies: readonly AccessPolicy[]): Said {
  const preview = audience === "thread-preview" && policies.every(({ allowPreview }) => allowPreview);
  return [
    preview
      ? "The rows go to whoever asked, by direct message; a masked preview of them stands in the thread, for everybody in the approvals’ channel."
      : "The rows go to whoever asked, by direct message; the thread has their number and no row.",
  ];
}
