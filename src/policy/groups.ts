import type { PersonId } from "../runbook/plan.ts";
import { samePerson } from "../request/request.ts";
import type { Access } from "../runbook/access-file.ts";

/** Everybody in the groups, once each. A member without a team belongs to `team`. An unknown group has no members. */
export function membersOf(access: Access, team: string, groups: readonly string[]): PersonId[] {
  const people: PersonId[] = [];
  for (const group of groups) {
    for (const member of access.groups[group]?.members ?? []) {
      const person = personOf(member, team);
      if (!people.some((other) => samePerson(other, person))) people.push(person);
    }
  }
  return people;
}

export function isAdmin(access: Access, team: string, person: PersonId): boolean {
  return membersOf(access, team, access.admins).some((admin) => samePerson(admin, person));
}

function personOf(member: string, team: string): PersonId {
  const [teamId, userId] = member.split(":");
  return userId === undefined ? { teamId: team, userId: member } : { teamId: teamId ?? team, userId };
}
