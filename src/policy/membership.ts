import type { Access, AccessSchedule } from "../runbook/access-file.ts";
import type { PersonId } from "../runbook/plan.ts";

/** Who is in a group. `unavailable` means nobody where membership grants, and everybody where it forbids; `why` is a clause for the card. */
export type Membership =
  | { status: "known"; value: readonly PersonId[] }
  | { status: "unavailable"; why: string };

/** Where the members of a group are asked for that are not written in the file. */
export type GroupSource =
  | { kind: "user-group"; userGroup: string }
  | { kind: "schedule"; schedule: AccessSchedule }
  | { kind: "manager"; of: PersonId };

/** Whose groups are asked about: owners and managers are other people for each. */
export type Subject = { requester: PersonId; owner: string; dataSourceOwner?: string };

export type FoundGroup =
  | { kind: "members"; members: readonly string[] }
  | { kind: "asked"; source: GroupSource }
  | { kind: "nobody" };

/** Where a group's members are found, for this runbook and requester. A group that there is not has no members. */
export function findGroup(access: Access, name: string, subject: Subject): FoundGroup {
  const group = Object.hasOwn(access.groups, name) ? access.groups[name] : undefined;
  if (group?.members) return { kind: "members", members: group.members };
  if (group?.userGroup !== undefined)
    return { kind: "asked", source: { kind: "user-group", userGroup: group.userGroup } };
  if (group?.manager) return { kind: "asked", source: { kind: "manager", of: subject.requester } };
  if (group?.schedule !== undefined) {
    const schedule = access.schedules?.[group.schedule];
    return schedule ? { kind: "asked", source: { kind: "schedule", schedule } } : { kind: "nobody" };
  }
  if (group?.owner) {
    const owner = group.owner === "runbook" ? subject.owner : subject.dataSourceOwner;
    // An owner that is itself "the owner" would lead round in a circle.
    const isOwner = owner !== undefined && access.groups[owner]?.owner !== undefined;
    return owner === undefined || isOwner ? { kind: "nobody" } : findGroup(access, owner, subject);
  }
  return { kind: "nobody" };
}

/** A member without a team belongs to `team`. */
export function personOf(member: string, team: string): PersonId {
  const [teamId, userId] = member.split(":");
  return userId === undefined ? { teamId: team, userId: member } : { teamId: teamId ?? team, userId };
}
