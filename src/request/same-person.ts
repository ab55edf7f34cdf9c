import type { PersonId } from "../runbook/plan.ts";

/**
 * For what being somebody **grants**: membership, ownership. Only the very same identity, workspace and user id,
 * is certainly the same person.
 */
export function certainlySamePerson(a: PersonId, b: PersonId): boolean {
  return a.teamId === b.teamId && a.userId === b.userId;
}

/**
 * For what being somebody **forbids**: deciding one's own request, voting twice. A Slack user id is unique across an
 * organisation, so one id that acts in two of its workspaces is one human being; where ids of unrelated workspaces
 * should ever meet, this forbids too much and never too little. So are two accounts that are linked to one subject of the
 * identity provider.
 */
export function possiblySamePerson(a: PersonId, b: PersonId): boolean {
  return a.userId === b.userId || (a.subject !== undefined && a.subject === b.subject);
}

/** At most one identity of each human being, the first one: what may be counted. */
export function distinctPeople(identities: readonly PersonId[]): PersonId[] {
  const known = new Set<string>();
  return identities.filter(({ userId, subject }) => {
    const names = [`user ${userId}`, ...(subject === undefined ? [] : [`subject ${subject}`])];
    if (names.some((name) => known.has(name))) return false;
    for (const name of names) known.add(name);
    return true;
  });
}
