import * as z from "zod";
import { slug } from "./identifiers.ts";

const person = z
  .string()
  .regex(
    /^(T[A-Z0-9]+:)?[UW][A-Z0-9]+$/,
    "a person is a Slack user id like U0123ABCD, or T0123ABCD:U0123ABCD",
  );

const count = z.int().min(0).default(0);

const expected = z.strictObject({
  verdict: z
    .enum(["people", "automatic", "recipe", "denied-by-rule", "not-a-requester", "nobody-can-approve"])
    .meta({
      description:
        "people: they decide; automatic: a rule approves while its limits last; recipe: one of `recipes` approves.",
    }),
  steps: z.exactOptional(
    z.array(
      z.strictObject({
        name: z.string(),
        count: z.exactOptional(z.int()),
        people: z.exactOptional(z.array(person)),
        escalate: z
          .exactOptional(z.strictObject({ afterMinutes: z.int(), people: z.exactOptional(z.array(person)) }))
          .meta({ description: "Who may decide it too, and after how long." }),
      }),
    ),
  ),
  rule: z.exactOptional(slug).meta({ description: "The rule that denies or approves." }),
  reminders: z
    .exactOptional(z.array(z.int()))
    .meta({ description: "Minutes after which those who can decide are reminded; empty: never." }),
  standIns: z
    .exactOptional(z.array(z.strictObject({ delegate: person, for: person })))
    .meta({ description: "Who decides for an approver who is away." }),
  breakGlass: z
    .exactOptional(z.enum(["allowed", "no-break-glass", "not-for-break-glass", "nobody-can-review"]))
    .meta({ description: "Whether the requester could start it without anybody's approval." }),
});

const recipe = z.strictObject({
  requester: person.meta({ description: "Who asked for it, at the moment of the test." }),
  approvedBy: z.array(person).min(1).meta({ description: "Who approved it; the policy must let them." }),
  inputs: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: "Allowed values: a list, `1 to 100`, `last 7 days`, `2026-11-01 to 2026-11-30`." }),
  people: z.array(person).default([]).meta({ description: "Who may use it." }),
  groups: z.array(slug).default([]).meta({ description: "Whose members may use it." }),
  runs: z.int().min(1),
  until: z.iso.date().meta({ description: "Its last day." }),
  used: count.meta({ description: "Runs that are used; default 0." }),
});

const accessTest = z.strictObject({
  name: z.string().min(1).max(120),
  requester: person,
  runbook: slug,
  inputs: z.record(z.string(), z.unknown()).default({}).meta({ description: "As Slack would give them." }),
  reference: z.exactOptional(z.string()),
  at: z.iso.datetime({ offset: true }).meta({ description: "The moment of the request." }),
  groups: z
    .record(slug, z.array(person))
    .default({})
    .meta({ description: "Members of groups that a directory knows; one that is not given is unavailable." }),
  onCall: z
    .record(slug, z.array(person))
    .default({})
    .meta({ description: "Who is on call, by schedule; one that is not given is unavailable." }),
  away: z
    .array(z.strictObject({ delegator: person, delegate: person }))
    .default([])
    .meta({ description: "Who is away at that moment, and whom they named." }),
  manager: z.exactOptional(person).meta({ description: "Who leads the requester." }),
  history: z
    .strictObject({ requests: count, runs: count, rows: count, bytes: count, denied: count })
    .default({ requests: 0, runs: 0, rows: 0, bytes: 0, denied: 0 })
    .meta({ description: "What the requester did that day; default nothing." }),
  recipes: z.array(recipe).default([]).meta({ description: "Recipes in force for the runbook." }),
  used: z
    .strictObject({ requests: count, rows: count, bytes: count })
    .default({ requests: 0, rows: 0, bytes: 0 })
    .meta({
      description:
        "What the limits of the rule that approves have counted of the requester that day; default nothing.",
    }),
  expect: expected,
});

/** `access.test.yml`: what the policy must decide, for `jit test`. */
export const accessTestsSchema = z.strictObject({ tests: z.array(accessTest).min(1) });

export type AccessTest = z.infer<typeof accessTest>;
