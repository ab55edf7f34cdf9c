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

/** Whether an entry of a policy's `runbooks` means the runbook of this name. */
export function matchesRunbook(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
