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
 * should ever meet, this forbids too much and never too little.
 */
export function possiblySamePerson(a: PersonId, b: PersonId): boolean {
  return a.userId === b.userId;
}

/** At most one identity of each human being, the first one: what may be counted. */
export function distinctPeople(identities: readonly PersonId[]): PersonId[] {
  const byUserId = new Map<string, PersonId>();
  for (const one of identities) if (!byUserId.has(one.userId)) byUserId.set(one.userId, one);
  return [...byUserId.values()];
}
