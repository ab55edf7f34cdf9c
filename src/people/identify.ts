import type { PersonId } from "../runbook/plan.ts";
import type { People } from "./people-file.ts";

/** The person with the single sign-on subject that `people.yml` links them to now, or without any. */
export function identify({ people }: People, { teamId, userId }: PersonId, home: string): PersonId {
  const linked = people[`${teamId}:${userId}`] ?? (teamId === home ? people[userId] : undefined);
  return { teamId, userId, ...(linked?.sso === undefined ? {} : { subject: linked.sso }) };
}
