import * as z from "zod";
import { slug } from "./identifiers.ts";

/**
 * `access.yml`: who is in which group, and who may ask for and approve which runbooks.
 * A runbook proposes, this file disposes: it can only narrow what a runbook allows.
 */
const member = z
  .string()
  .regex(
    /^(T[A-Z0-9]+:)?[UW][A-Z0-9]+$/,
    "a member is a Slack user id like U0123ABCD, or T0123ABCD:U0123ABCD",
  );

const policy = z.strictObject({
  name: slug,
  runbooks: z
    .array(z.string().regex(/^(\*|[a-z0-9-]+\*?)$/, "a runbook's name, or a beginning followed by *"))
    .min(1)
    .meta({ description: "Exact names, or a beginning with * at its end." }),
  requesters: z.array(slug).min(1),
  approval: z.strictObject({
    approvers: z.array(slug).min(1, "at least one group approves; an empty list means nobody"),
    count: z.int().min(1).max(5).meta({ description: "Distinct people who must approve." }),
  }),
  pendingMinutes: z.int().min(1).max(10_080).default(60).meta({
    description: "A request that nobody decides lapses after it.",
  }),
  maxDurationMinutes: z.int().min(1).max(60),
  channel: z
    .string()
    .regex(/^[CG][A-Z0-9]+$/, "a channel is a Slack channel id like C0123ABCD")
    .meta({
      description: "Where requests are shown to approvers.",
    }),
  allowPreview: z
    .boolean()
    .meta({ description: "Whether a masked preview of rows may be shown in the thread." }),
});

export const accessSchema = z.strictObject({
  groups: z.record(slug, z.strictObject({ members: z.array(member) })),
  admins: z.array(slug),
  policies: z.array(policy).min(1),
});

export type Access = z.infer<typeof accessSchema>;
export type AccessPolicy = Access["policies"][number];

export type AccessFinding = { path: (string | number)[]; message: string; severity: "error" | "warning" };

/** What is wrong in a file whose form is right: groups that do not exist, names used twice, nobody in a group. */
export function accessFindings(access: Access): AccessFinding[] {
  return [
    ...access.admins.flatMap((group, at) => unknownGroup(access, group, ["admins", at])),
    ...access.policies.flatMap((declared, at) => policyFindings(access, declared, at)),
    ...Object.entries(access.groups).flatMap(([group, { members }]) => groupFindings(group, members)),
  ];
}

/** Whether an entry of a policy's `runbooks` means the runbook of this name. */
export function matchesRunbook(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
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

function error(path: (string | number)[], message: string): AccessFinding {
  return { path, message, severity: "error" };
}
