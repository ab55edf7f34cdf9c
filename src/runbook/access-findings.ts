import type { Access, AccessPolicy } from "./access-file.ts";

export type AccessFinding = { path: (string | number)[]; message: string; severity: "error" | "warning" };

/** Everybody who could approve a request is stored with it, and a request is one item of at most 400 KB. */
const MAX_APPROVERS = 500;

/** What is wrong in a file whose form is right: groups that do not exist, names used twice, nobody or too many in a group. */
export function accessFindings(access: Access): AccessFinding[] {
  return [
    ...access.admins.flatMap((group, at) => unknownGroup(access, group, ["admins", at])),
    ...access.policies.flatMap((declared, at) => policyFindings(access, declared, at)),
    ...Object.entries(access.groups).flatMap(([group, { members }]) => groupFindings(group, members)),
    ...hugeGroups(access),
    ...severalTeams(access),
  ];
}

function policyFindings(access: Access, declared: AccessPolicy, at: number): AccessFinding[] {
  const path = ["policies", at];
  const twice = access.policies.findIndex((other) => other.name === declared.name) !== at;
  return [
    ...(twice ? [error([...path, "name"], `ACC02: there are two policies named "${declared.name}"`)] : []),
    ...declared.requesters.flatMap((group, i) => unknownGroup(access, group, [...path, "requesters", i])),
    ...declared.approval.approvers.flatMap((group, i) =>
      unknownGroup(access, group, [...path, "approval", "approvers", i]),
    ),
  ];
}

function unknownGroup(access: Access, group: string, path: (string | number)[]): AccessFinding[] {
  if (Object.hasOwn(access.groups, group)) return [];
  return [
    error(
      path,
      `ACC01: there is no group "${group}"; known: ${Object.keys(access.groups).join(", ") || "none"}`,
    ),
  ];
}

function groupFindings(group: string, members: readonly string[]): AccessFinding[] {
  const path = ["groups", group, "members"];
  if (members.length === 0) {
    return [{ path, severity: "warning", message: `ACC03: nobody is in group "${group}"` }];
  }
  return members.flatMap((one, at) =>
    members.indexOf(one) === at ? [] : [error([...path, at], `ACC04: ${one} is listed twice`)],
  );
}

function hugeGroups(access: Access): AccessFinding[] {
  const deciding = new Set(access.policies.flatMap(({ approval }) => approval.approvers));
  return Object.entries(access.groups)
    .filter(([group, { members }]) => deciding.has(group) && members.length > MAX_APPROVERS)
    .map(([group, { members }]) =>
      error(
        ["groups", group, "members", MAX_APPROVERS],
        `ACC08: a group that approves has at most ${MAX_APPROVERS} members, and "${group}" has ${members.length}`,
      ),
    );
}

/** Slack user ids are unique across an organisation: one id under several teams is one person, and is never counted twice. */
function severalTeams(access: Access): AccessFinding[] {
  const teams = new Map<string, string[]>();
  const findings: AccessFinding[] = [];
  for (const [group, { members }] of Object.entries(access.groups))
    for (const [at, member] of members.entries()) {
      const { team, userId } = readMember(member);
      const known = teams.get(userId) ?? [];
      if (known.includes(team)) continue;
      teams.set(userId, [...known, team]);
      if (known.length === 0) continue;
      findings.push({
        path: ["groups", group, "members", at],
        severity: "warning",
        message: `ACC07: ${userId} stands here under several teams (${[...known, team].join(" and ")}); that is one person with one vote, who can't approve their own request from either`,
      });
    }
  return findings;
}

function readMember(member: string): { team: string; userId: string } {
  const [team = "", userId] = member.split(":");
  return userId === undefined ? { team: "the bot's own team", userId: team } : { team, userId };
}

function error(path: (string | number)[], message: string): AccessFinding {
  return { path, message, severity: "error" };
}
