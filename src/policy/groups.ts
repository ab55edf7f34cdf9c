import type { PersonId } from "../runbook/plan.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { Access } from "../runbook/access-file.ts";
import { personOf } from "./membership.ts";

/** Admins are written in the file: who may end access must not depend on a directory that answers. */
export function isAdmin(access: Access, team: string, person: PersonId): boolean {
  return access.admins
    .flatMap((group) => access.groups[group]?.members ?? [])
    .some((admin) => certainlySamePerson(personOf(admin, team), person));
}
