import type { Access, AccessGroup, AccessPolicy } from "./access-file.ts";
import { type AccessRule, readRule } from "./access-rule.ts";
import { type AccessStep, requesterTeam } from "./access-step.ts";
import { compileExpression } from "./rule-expression.ts";

export type AccessFinding = { path: (string | number)[]; message: string; severity: "error" | "warning" };

type Path = (string | number)[];

/** Everybody who could approve a request is stored with it, and a request is one item of at most 400 KB. */
const MAX_APPROVERS = 500;

/**
 * What is wrong in a file whose form is right: groups and schedules that do not exist, names used twice, nobody or too
 * many in a group, expressions that can't be read.
 */
export function accessFindings(access: Access): AccessFinding[] {
  return [
    ...access.admins.flatMap((group, at) => adminFindings(access, group, ["admins", at])),
    ...access.policies.flatMap((declared, at) => policyFindings(access, declared, at)),
    ...(access.rules ?? []).flatMap((rule, at) => ruleFindings(access, rule, at)),
    ...(["groups", "reviewers"] as const).flatMap((key) =>
      (access.breakGlass?.[key] ?? []).flatMap((group, at) =>
        unknownGroup(access, group, ["breakGlass", key, at]),
      ),
    ),
    ...Object.entries(access.groups).flatMap(([name, group]) => groupFindings(access, name, group)),
    ...hugeGroups(access),
    ...severalTeams(access),
    ...(access.delegation?.to ?? []).flatMap((group, at) => delegateFindings(access, group, at)),
  ];
}

/** Who may end access is written here, since a directory may be away when that matters. */
function adminFindings(access: Access, group: string, path: Path): AccessFinding[] {
  const unknown = unknownGroup(access, group, path);
  if (unknown.length > 0 || access.groups[group]?.members) return unknown;
  return [error(path, `ACC09: admins are groups with members, and "${group}" asks elsewhere who is in it`)];
}

/** Somebody goes away before anybody asks for anything: who is in the group can't depend on a request. */
function delegateFindings(access: Access, group: string, at: number): AccessFinding[] {
  const path = ["delegation", "to", at];
  const unknown = unknownGroup(access, group, path);
  const { owner, manager } = access.groups[group] ?? {};
  if (unknown.length > 0 || !(owner ?? manager)) return unknown;
  return [error(path, `ACC18: who is in "${group}" depends on the request, so nobody can be delegated to`)];
}

function policyFindings(access: Access, declared: AccessPolicy, at: number): AccessFinding[] {
  const path = ["policies", at];
  const twice = access.policies.findIndex((other) => other.name === declared.name) !== at;
  const { approvers = [], steps = [] } = declared.approval;
  return [
    ...(twice ? [error([...path, "name"], `ACC02: there are two policies named "${declared.name}"`)] : []),
    ...declared.requesters.flatMap((group, i) => unknownGroup(access, group, [...path, "requesters", i])),
    ...approvers.flatMap((group, i) => unknownGroup(access, group, [...path, "approval", "approvers", i])),
    ...steps.flatMap((step, i) => stepFindings(access, step, [...path, "approval", "steps", i])),
    ...canaryFindings(declared, [...path, "canary"]),
    ...tooFew(access, { anyOf: approvers, count: declared.approval.count ?? 0 }, [...path, "approval"]),
  ];
}

/**
 * Too few people for a step, where the file itself has them all. A warning, so that whoever takes somebody out of a group
 * in a hurry is not kept from it.
 */
function tooFew(
  { groups }: Access,
  { anyOf, allOf, count }: Pick<AccessStep, "anyOf" | "allOf" | "count">,
  path: Path,
): AccessFinding[] {
  const lists = anyOf ? [anyOf] : (allOf ?? []).map((group) => [group]);
  return lists.flatMap((list): AccessFinding[] => {
    if (list.some((group) => !groups[group]?.members)) return [];
    const members = list.flatMap((group) => groups[group]?.members ?? []);
    const people = new Set(members.map((member) => readMember(member).userId));
    if (people.size >= count) return [];
    const message = `ACC25: nobody can approve this: ${count} of ${list.join(" or ")} must, and ${people.size} can`;
    return [{ path, message, severity: "warning" }];
  });
}

/** The canary asks nobody, so it is let at exact names alone. */
function canaryFindings({ canary, runbooks = [] }: AccessPolicy, path: Path): AccessFinding[] {
  if (!canary || runbooks.some((name) => !name.endsWith("*"))) return [];
  const message =
    "ACC24: this opens nothing to the canary, which runs a runbook only where a policy has its exact name; write one for it (docs/access.md, the canary)";
  return [{ path, severity: "warning", message }];
}

function ruleFindings(access: Access, rule: AccessRule, at: number): AccessFinding[] {
  const path = ["rules", at];
  const twice = access.rules?.findIndex((other) => other.name === rule.name) !== at;
  const { kind, expression } = readRule(rule);
  const compiled = compileExpression(expression);
  return [
    ...(twice ? [error([...path, "name"], `ACC02: there are two rules named "${rule.name}"`)] : []),
    ...(compiled.status === "wrong"
      ? [error([...path, kind], `ACC10: at character ${compiled.at} of the expression: ${compiled.message}`)]
      : []),
    ...(rule.steps ?? []).flatMap((step, i) => stepFindings(access, step, [...path, "steps", i])),
  ];
}

function stepFindings(access: Access, step: AccessStep, path: Path): AccessFinding[] {
  const { anyOf = [], allOf = [], exclude = [], escalate } = step;
  const hasTeams = Object.values(access.groups).some(({ team }) => team);
  return [
    ...tooFew(access, step, [...path, "count"]),
    ...anyOf.flatMap((group, at) => unknownGroup(access, group, [...path, "anyOf", at])),
    ...allOf.flatMap((group, at) => unknownGroup(access, group, [...path, "allOf", at])),
    ...exclude.flatMap((group, at) => {
      if (group !== requesterTeam) return unknownGroup(access, group, [...path, "exclude", at]);
      const message = `ACC11: no group is marked team: true, so nobody has a team to exclude`;
      return hasTeams ? [] : [error([...path, "exclude", at], message)];
    }),
    ...(escalate?.to ?? []).flatMap((group, at) =>
      unknownGroup(access, group, [...path, "escalate", "to", at]),
    ),
  ];
}

function unknownGroup(access: Access, group: string, path: Path): AccessFinding[] {
  if (Object.hasOwn(access.groups, group)) return [];
  return [
    error(
      path,
      `ACC01: there is no group "${group}"; known: ${Object.keys(access.groups).join(", ") || "none"}`,
    ),
  ];
}

function groupFindings(access: Access, group: string, { members, schedule }: AccessGroup): AccessFinding[] {
  if (group === requesterTeam)
    return [
      error(
        ["groups", group],
        `ACC12: "${requesterTeam}" means something else in exclude; call it otherwise`,
      ),
    ];
  if (schedule !== undefined && !Object.hasOwn(access.schedules ?? {}, schedule)) {
    const known = Object.keys(access.schedules ?? {}).join(", ") || "none";
    const message = `ACC13: there is no schedule "${schedule}"; known: ${known}`;
    return [error(["groups", group, "schedule"], message)];
  }
  if (!members) return [];
  const path = ["groups", group, "members"];
  if (members.length === 0) {
    return [{ path, severity: "warning", message: `ACC03: nobody is in group "${group}"` }];
  }
  return members.flatMap((one, at) =>
    members.indexOf(one) === at ? [] : [error([...path, at], `ACC04: ${one} is listed twice`)],
  );
}

function hugeGroups(access: Access): AccessFinding[] {
  const steps = [
    ...access.policies.flatMap(({ approval }) => approval.steps ?? []),
    ...(access.rules ?? []).flatMap((rule) => rule.steps ?? []),
  ];
  const deciding = new Set([
    ...access.policies.flatMap(({ approval }) => approval.approvers ?? []),
    ...steps.flatMap(({ anyOf = [], allOf = [], escalate }) => [...anyOf, ...allOf, ...(escalate?.to ?? [])]),
  ]);
  return Object.entries(access.groups)
    .filter(([group, { members = [] }]) => deciding.has(group) && members.length > MAX_APPROVERS)
    .map(([group, { members = [] }]) =>
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
  for (const [group, { members = [] }] of Object.entries(access.groups))
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

function error(path: Path, message: string): AccessFinding {
  return { path, message, severity: "error" };
}
