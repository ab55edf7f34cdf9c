import * as z from "zod";
import { accessRule } from "./access-rule.ts";
import { accessStep, eachOnce } from "./access-step.ts";
import { accessRecipes } from "./access-recipes.ts";
import { accessDelegation, accessReminders } from "./access-waiting.ts";
import { classification, slug } from "./identifiers.ts";
import { riskLevel } from "./runbook.ts";

/**
 * `access.yml`: who is in which group, who may ask for and approve which runbooks, and the rules on top.
 * A runbook proposes, this file disposes: it can only narrow what a runbook allows. `docs/access.md` has every key.
 */
const member = z
  .string()
  .regex(
    /^(T[A-Z0-9]+:)?[UW][A-Z0-9]+$/,
    "a member is a Slack user id like U0123ABCD, or T0123ABCD:U0123ABCD",
  );

const group = z
  .strictObject({
    members: z.exactOptional(z.array(member)),
    userGroup: z
      .exactOptional(z.string().regex(/^S[A-Z0-9]+$/, "a user group is an id like S0123ABCD"))
      .meta({ description: "A Slack user group: who is in it when it is asked." }),
    schedule: z
      .exactOptional(slug)
      .meta({ description: "A schedule of this file: who is on call when it is asked." }),
    owner: z
      .exactOptional(z.enum(["runbook", "datasource"]))
      .meta({ description: "The group that the runbook's metadata, or its data source, names as owner." }),
    manager: z.exactOptional(z.literal("requester")).meta({ description: "Who leads the person that asks." }),
    team: z
      .exactOptional(z.literal(true))
      .meta({ description: "People who work together; a step can exclude the requester's team." }),
  })
  .refine(
    (one) => Object.keys(one).filter((key) => key !== "team").length === 1,
    "a group has one source: members, userGroup, schedule, owner or manager",
  );

const schedule = z
  .strictObject({
    provider: z.enum(["pagerduty", "opsgenie", "file"]),
    schedule: z.string().min(1).max(100).meta({ description: "As the provider, or oncall.yml, calls it." }),
    escalationPolicy: z.exactOptional(z.string().min(1).max(100)),
  })
  .refine(
    ({ provider, escalationPolicy }) => provider === "pagerduty" || escalationPolicy === undefined,
    "only PagerDuty schedules have an escalationPolicy",
  );

const approval = z
  .strictObject({
    approvers: z.exactOptional(
      z.array(slug).min(1, "at least one group approves; an empty list means nobody"),
    ),
    count: z
      .exactOptional(z.int().min(1).max(5))
      .meta({ description: "Distinct people who must approve; with approvers." }),
    order: z
      .exactOptional(z.enum(["sequence", "parallel"]))
      .meta({ description: "Of steps; default parallel." }),
    steps: z.exactOptional(eachOnce(z.array(accessStep).min(1).max(8))),
    lastEditor: z
      .exactOptional(z.literal("exclude"))
      .meta({ description: "Who last edited the runbook (metadata.lastEditor) may not approve." }),
  })
  .superRefine(({ approvers, count, order, steps }, { addIssue }) => {
    const issue = (path: string[], message: string) => addIssue({ code: "custom", path, message });
    if (approvers && steps) issue(["steps"], "name either approvers and count, or steps");
    if (!approvers && !steps) issue(["approvers"], "who approves: approvers and count, or steps");
    if (approvers && count === undefined) issue(["count"], '"count" is missing');
    if (!approvers && count !== undefined) issue(["count"], "each step has a count of its own");
    if (!steps && order !== undefined) issue(["order"], "only steps have an order");
  });

const some = <T extends z.ZodType>(one: T) => z.exactOptional(z.array(one).min(1));

const policy = z
  .strictObject({
    name: slug,
    runbooks: some(
      z.string().regex(/^(\*|[a-z0-9-]+\*?)$/, "a runbook's name, or a beginning followed by *"),
    ).meta({ description: "Exact names, or a beginning with * at its end." }),
    tags: some(slug).meta({ description: "The runbook has at least one of them." }),
    risk: some(riskLevel),
    classification: some(classification).meta({ description: "Of the runbook's output." }),
    environments: some(slug).meta({ description: "Of the data source's target." }),
    operations: some(z.enum(["read", "write"])),
    requesters: z.array(slug).min(1),
    approval,
    always: z
      .exactOptional(z.literal(true))
      .meta({ description: "People decide, whatever a rule would approve." }),
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
    canary: z.exactOptional(z.literal(true)).meta({
      description:
        "The canary may run the runbooks that this policy names exactly, without anybody's approval; its rows are dropped.",
    }),
    allowPreview: z
      .boolean()
      .meta({ description: "Whether a masked preview of rows may be shown in the thread." }),
    allowBeforeImage: z.exactOptional(z.boolean()).meta({
      description:
        "Whether the item of a write may be read before anybody approves, so that approvers see what would change.",
    }),
    reminders: z.exactOptional(accessReminders),
    recipes: z.exactOptional(accessRecipes),
  })
  .refine(
    (one) => matchers.some((key) => one[key] !== undefined),
    "a policy says which runbooks it is for: runbooks, tags, risk, classification, environments or operations",
  );

const matchers = ["runbooks", "tags", "risk", "classification", "environments", "operations"] as const;

const breakGlass = z.strictObject({
  groups: z.array(slug).min(1).meta({ description: "Whose members may start a run that nobody approved." }),
  runbooks: z
    .array(z.string().regex(/^(\*|[a-z0-9-]+\*?)$/, "a runbook's name, or a beginning followed by *"))
    .min(1),
  maxMinutes: z.int().min(1).max(15).default(15),
  channel: z
    .string()
    .regex(/^[CG][A-Z0-9]+$/, "a channel is a Slack channel id like C0123ABCD")
    .meta({ description: "Where security is told, and reviews." }),
  reviewers: z.array(slug).min(1).meta({ description: "Whose members review it afterwards." }),
  reviewHours: z.int().min(1).max(168).default(24).meta({
    description: "A break-glass that nobody reviewed by then suspends that person's break-glass.",
  }),
});

export const accessSchema = z.strictObject({
  timezone: z
    .exactOptional(
      z.string().max(64).refine(isTimeZone, "a time zone of the IANA data base, e.g. Europe/Berlin"),
    )
    .meta({ description: "Of `now` in rules, and of a day in their limits. Default UTC." }),
  groups: z.record(slug, group),
  schedules: z.exactOptional(z.record(slug, schedule)),
  admins: z.array(slug),
  policies: z.array(policy).min(1),
  rules: z.exactOptional(z.array(accessRule).max(100)),
  delegation: z.exactOptional(accessDelegation),
  breakGlass: z.exactOptional(breakGlass),
});

export type Access = z.infer<typeof accessSchema>;
export type AccessPolicy = Access["policies"][number];
export type AccessGroup = Access["groups"][string];
export type AccessSchedule = NonNullable<Access["schedules"]>[string];

/** Whether an entry of a policy's `runbooks` means the runbook of this name. */
export function matchesRunbook(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Whether the policy could be for the runbook of this name, as far as names go: one without names is for any. */
export function mayMatchRunbook({ runbooks }: AccessPolicy, name: string): boolean {
  return runbooks?.some((pattern) => matchesRunbook(pattern, name)) ?? true;
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false; // a RangeError: there is no such zone
  }
}
