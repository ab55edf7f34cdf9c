import type { PersonId } from "../runbook/plan.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { Access } from "../runbook/access-file.ts";

/** Every identity in the groups, once each. A member without a team belongs to `team`. An unknown group has no members. */
export function membersOf(access: Access, team: string, groups: readonly string[]): PersonId[] {
  const people = new Map<string, PersonId>();
  for (const group of groups) {
    for (const member of access.groups[group]?.members ?? []) {
      const person = personOf(member, team);
      people.set(`${person.teamId}:${person.userId}`, person);
    }
  }
  return [...people.values()];
}

export function isAdmin(access: Access, team: string, person: PersonId): boolean {
  return membersOf(access, team, access.admins).some((admin) => certainlySamePerson(admin, person));
}

function personOf(member: string, team: string): PersonId {
  const [teamId, userId] = member.split(":");
  return userId === undefined ? { teamId: team, userId: member } : { teamId: teamId ?? team, userId };
}
