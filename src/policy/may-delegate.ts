import type { Delegation } from "../request/delegation.ts";
import { possiblySamePerson } from "../request/same-person.ts";
import type { Access } from "../runbook/access-file.ts";
import type { Question } from "./question.ts";
import { isMember } from "./resolve-steps.ts";

/** The longest that somebody may be away at once. */
const MAX_DAYS_AWAY = 30;
const MAX_AWAY_MS = MAX_DAYS_AWAY * 86_400_000;

export type WhyNotDelegate =
  /** `access.yml` has no `delegation`. */
  | { kind: "not-set-up" }
  | { kind: "yourself" }
  | { kind: "over" }
  | { kind: "too-long"; maxDays: number }
  | { kind: "not-in-group"; groups: readonly string[] }
  | { kind: "group-unavailable"; group: string; why: string };

/** Why this may not be delegated, by the file and the groups of now; nothing when it may. Both are asked again at each vote. */
export function whyNotDelegate(
  access: Access,
  { delegator, delegate, startsAt, endsAt }: Delegation,
  groups: Question["groups"],
  now: Date,
): WhyNotDelegate | undefined {
  if (!access.delegation) return { kind: "not-set-up" };
  if (possiblySamePerson(delegator, delegate)) return { kind: "yourself" };
  if (endsAt <= startsAt || endsAt <= now.toISOString()) return { kind: "over" };
  const latest = Math.max(now.getTime(), Date.parse(startsAt)) + MAX_AWAY_MS;
  if (Date.parse(endsAt) > latest || Date.parse(startsAt) > now.getTime() + MAX_AWAY_MS)
    return { kind: "too-long", maxDays: MAX_DAYS_AWAY };
  const { member, unavailable } = isMember(access.delegation.to, delegate, groups);
  if (member) return undefined;
  const [unknown] = unavailable;
  return unknown
    ? { kind: "group-unavailable", ...unknown }
    : { kind: "not-in-group", groups: access.delegation.to };
}
