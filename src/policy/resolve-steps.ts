import { certainlySamePerson, distinctPeople, possiblySamePerson } from "../request/same-person.ts";
import type { ApprovalStep } from "../request/request.ts";
import { assignPeople } from "../request/assign-people.ts";
import type { Access } from "../runbook/access-file.ts";
import { requesterTeam } from "../runbook/access-step.ts";
import type { PersonId } from "../runbook/plan.ts";
import { personOf } from "./membership.ts";
import { teamsOf } from "./needed-groups.ts";
import { groupsOf, type NeededStep } from "./needed-steps.ts";
import type { Question } from "./question.ts";

export type Unavailable = { group: string; why: string };

export type ResolvedSteps = {
  steps: ApprovalStep[];
  /** Who may not decide a step, by its name. */
  excluded: ReadonlyMap<string, readonly PersonId[] | "everybody">;
  /** Everybody who can decide any of them, once each. */
  approvers: PersonId[];
  unavailable: Unavailable[];
  /** The first step that has too few people, nobody twice. */
  lacking?: { step: ApprovalStep; available: number };
};

/** Names the people of each step: members of its groups, never the requester, never whom it excludes. */
export function resolveSteps(
  access: Access,
  question: Question,
  needed: readonly NeededStep[],
): ResolvedSteps {
  const unavailable = new Map<string, string>();
  const membersOf = (group: string): readonly PersonId[] | undefined => {
    const found = question.groups.get(group);
    if (found?.status === "known") return found.value;
    unavailable.set(group, found?.why ?? "it was not asked for");
    return undefined;
  };

  const exclusions = new Map<string, readonly PersonId[] | "everybody">();
  const approvers = new Map<string, PersonId>();
  const steps = needed.map((step): ApprovalStep => {
    const excluded = excludedBy(access, question, step, membersOf);
    exclusions.set(step.name, excluded);
    const groups = groupsOf(step);
    const among = (names: readonly string[]) =>
      names
        .flatMap((group) => membersOf(group) ?? [])
        .filter((one) => !possiblySamePerson(one, question.requester))
        .filter(
          (one) => excluded !== "everybody" && !excluded.some((other) => possiblySamePerson(one, other)),
        );
    const people = among(groups);
    for (const one of people) approvers.set(`${one.teamId}:${one.userId}`, one);
    const positions = new Map([...approvers.keys()].map((key, at) => [key, at]));
    const own = new Set(people.map((one) => positions.get(`${one.teamId}:${one.userId}`) ?? -1));
    const { name, stage, count, because } = step;
    const exclude = [...step.exclude, ...(step.excludeLastEditor ? ["lastEditor"] : [])];
    const decided = {
      name,
      stage,
      groups,
      approvers: [...own].toSorted((a, b) => a - b),
      count,
      ...(exclude.length > 0 ? { exclude } : {}),
      because,
    };
    if (!step.escalate) return decided;
    const next = { afterMinutes: step.escalate.afterMinutes, groups: groupsOf(step.escalate) };
    const more = distinctPeople(among(next.groups)).filter(
      (one) => !people.some((other) => possiblySamePerson(one, other)),
    );
    return more.length === 0 ? decided : { ...decided, escalate: { ...next, people: more } };
  });

  const everybody = [...approvers.values()];
  const lacking = findLacking(steps, everybody);
  return {
    steps,
    excluded: exclusions,
    approvers: everybody,
    unavailable: [...unavailable].map(([group, why]) => ({ group, why })),
    ...(lacking ? { lacking } : {}),
  };
}

/** Who may not decide the step; where that can't be known, nobody may. */
function excludedBy(
  access: Access,
  question: Question,
  { exclude, excludeLastEditor }: NeededStep,
  membersOf: (group: string) => readonly PersonId[] | undefined,
): readonly PersonId[] | "everybody" {
  const people: PersonId[] = [];
  if (excludeLastEditor) {
    const { lastEditor } = question.proposal;
    if (lastEditor === undefined) return "everybody";
    people.push(personOf(lastEditor, question.team));
  }
  for (const group of exclude) {
    for (const name of group === requesterTeam ? teamsOf(access) : [group]) {
      const members = membersOf(name);
      if (!members) return "everybody";
      const isTheirs = members.some((one) => possiblySamePerson(one, question.requester));
      if (group !== requesterTeam || isTheirs) people.push(...members);
    }
  }
  return people;
}

function findLacking(
  steps: readonly ApprovalStep[],
  approvers: readonly PersonId[],
): { step: ApprovalStep; available: number } | undefined {
  const seats = assignPeople(
    steps,
    distinctPeople(approvers).map((person) =>
      steps
        .filter((step) => step.approvers.some((at) => approvers[at]?.userId === person.userId))
        .map(({ name }) => name),
    ),
  );
  for (const step of steps) {
    const available = seats.filter((seat) => seat === step.name).length;
    if (available < step.count) return { step, available };
  }
  return undefined;
}

/** Whether the person is certainly in any of the groups; what can't be known is reported and counts as no. */
export function isMember(
  groups: readonly string[],
  person: PersonId,
  memberships: Question["groups"],
): { member: boolean; unavailable: Unavailable[] } {
  const unavailable: Unavailable[] = [];
  for (const group of groups) {
    const found = memberships.get(group);
    if (found?.status !== "known") unavailable.push({ group, why: found?.why ?? "it was not asked for" });
    else if (found.value.some((one) => certainlySamePerson(one, person)))
      return { member: true, unavailable: [] };
  }
  return { member: false, unavailable };
}
