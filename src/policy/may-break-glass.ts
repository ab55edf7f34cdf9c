import { possiblySamePerson } from "../request/same-person.ts";
import type { BreakGlass, Request } from "../request/request.ts";
import { type Access, matchesRunbook } from "../runbook/access-file.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Question } from "./question.ts";
import { isMember, type Unavailable } from "./resolve-steps.ts";

export type MayBreakGlass =
  | { status: "allowed"; maxMinutes: number; breakGlass: BreakGlass }
  | { status: "refused"; why: NoBreakGlass };

export type NoBreakGlass =
  /** `access.yml` offers none for this runbook. */
  | { kind: "no-break-glass"; runbook: string }
  | {
      kind: "not-for-break-glass";
      groups: readonly string[];
      unavailable: readonly Unavailable[];
    }
  /** Nobody but the requester is known who could review it. */
  | { kind: "nobody-can-review"; groups: readonly string[]; unavailable: readonly Unavailable[] };

const HOUR_MS = 3_600_000;

/**
 * Whether the person may start this runbook without any approval, and who reviews it by when. Everything else that a
 * request is checked for is checked all the same: they may ask for the runbook, and no rule denies it.
 */
export function mayBreakGlass(access: Access, question: Question, now: Date): MayBreakGlass {
  const { requester, proposal } = question;
  const offered = access.breakGlass;
  if (!offered?.runbooks.some((pattern) => matchesRunbook(pattern, proposal.runbook)))
    return { status: "refused", why: { kind: "no-break-glass", runbook: proposal.runbook } };
  const { groups, reviewers: reviewGroups, channel, maxMinutes } = offered;
  const { member, unavailable } = isMember(groups, requester, question.groups);
  if (!member) return { status: "refused", why: { kind: "not-for-break-glass", groups, unavailable } };
  const found = knownMembers(reviewGroups, question);
  const reviewers = found.people.filter((one) => !possiblySamePerson(one, requester));
  if (reviewers.length === 0)
    return {
      status: "refused",
      why: { kind: "nobody-can-review", groups: reviewGroups, unavailable: found.unavailable },
    };
  const reviewDueAt = new Date(now.getTime() + offered.reviewHours * HOUR_MS).toISOString();
  return {
    status: "allowed",
    maxMinutes,
    breakGlass: { groups, channel, reviewGroups, reviewers, reviewDueAt },
  };
}

/** Groups that the decision turns on, beside those of every request. */
export function breakGlassGroups({ breakGlass }: Access): string[] {
  return [...(breakGlass?.groups ?? []), ...(breakGlass?.reviewers ?? [])];
}

/** Groups whose members may review it now; where the file offers no break-glass any more, those of its beginning. */
export function reviewGroupsOf(access: Access, request: Request): readonly string[] {
  return access.breakGlass?.reviewers ?? request.breakGlass?.reviewGroups ?? [];
}

/** Each once. */
function knownMembers(
  names: readonly string[],
  { groups }: Question,
): { people: PersonId[]; unavailable: Unavailable[] } {
  const people = new Map<string, PersonId>();
  const unavailable: Unavailable[] = [];
  for (const group of names) {
    const found = groups.get(group);
    if (found?.status !== "known") unavailable.push({ group, why: found?.why ?? "it was not asked for" });
    else for (const one of found.value) people.set(`${one.teamId}:${one.userId}`, one);
  }
  return { people: [...people.values()], unavailable };
}
