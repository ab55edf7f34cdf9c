import type { Delegation } from "../request/delegation.ts";
import { type Said, sayPeople } from "../request/said.ts";
import type { AccessReminders } from "../runbook/access-waiting.ts";
import type { MayBreakGlass } from "./may-break-glass.ts";
import type { SteppingIn } from "./stepping-in.ts";

/** What happens while nobody decides, line by line, in the order in which it would. */
export function steppingInLines(waiting: SteppingIn): Said[] {
  return [
    ...(waiting.reminders ? [[remindersLine(waiting.reminders)]] : []),
    ...waiting.escalations.map(({ step, afterMinutes, groups, people }): Said => [
      `${step}: after ${minutes(afterMinutes)} also ${groups.join(" or ")}: `,
      ...sayPeople(people),
      ".",
    ]),
    ...delegationLines(waiting),
    [`It lapses after ${minutes(waiting.pendingMinutes)}.`],
  ];
}

export function remindersLine({ afterMinutes, quietHours }: AccessReminders): string {
  const quiet =
    quietHours === undefined ? "" : `, not from ${quietHours.replace("-", " to ")} unless the risk is high`;
  return `Those who can decide are reminded after ${afterMinutes.join(", ")} minutes${quiet}.`;
}

/** Who is away now and who decides for them; else to whom it could be given. */
function delegationLines({ delegateGroups, standIns }: SteppingIn): Said[] {
  if (delegateGroups.length === 0) return [];
  const to = `An approver who is away may let a member of ${delegateGroups.join(" or ")} decide for them`;
  return [[standIns ? `${to}.` : `${to}; who is away is not asked here.`], ...(standIns ?? []).map(awayLine)];
}

export function awayLine({ delegator, delegate, endsAt }: Delegation): Said {
  const until = endsAt.slice(0, "2026-11-21T02:10".length).replace("T", " ");
  return [delegate, " decides for ", delegator, `, who is away until ${until} UTC.`];
}

/** Whether this person could start it at once, without anybody's approval. */
export function breakGlassLines(may: MayBreakGlass): Said[] {
  if (may.status === "refused") {
    const { why } = may;
    if (why.kind === "no-break-glass") return [["No: access.yml offers none for this runbook."]];
    const groups = why.groups.join(" or ") || "no group";
    return [
      [
        why.kind === "nobody-can-review"
          ? `No: nobody else is known in ${groups} who could review it.`
          : `No: only members of ${groups} may.`,
      ],
      ...why.unavailable.map(({ group, why: reason }): Said => [
        `Who is in ${group} can’t be known now (${reason}), and unavailable means no.`,
      ]),
    ];
  }
  const { maxMinutes, breakGlass } = may;
  return [
    [
      `Yes, at once and without approval, as a member of ${breakGlass.groups.join(" or ")}: for ${minutes(maxMinutes)} at most, unless a review of an earlier one is overdue.`,
    ],
    [
      `Security is told, and one of ${breakGlass.reviewGroups.join(" or ")} reviews it: `,
      ...sayPeople(breakGlass.reviewers),
      ".",
    ],
  ];
}

function minutes(count: number): string {
  return `${count} ${count === 1 ? "minute" : "minutes"}`;
}
