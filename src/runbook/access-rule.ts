import * as z from "zod";
import { accessStep, eachOnce } from "./access-step.ts";
import { slug } from "./identifiers.ts";
import { maxExpressionLength } from "./rule-expression.ts";

const expression = z
  .string()
  .min(1)
  .max(maxExpressionLength, `an expression has at most ${maxExpressionLength} characters`)
  .meta({ description: "CEL over the variables of docs/access.md; true or false." });

const limits = z.strictObject({
  perPersonPerDay: z
    .int()
    .min(1)
    .max(100)
    .meta({ description: "Requests that the rule approves of one person." }),
  rowsPerDay: z
    .exactOptional(z.int().min(1))
    .meta({ description: "Of one person: what the plans could return at most, added up." }),
  bytesPerDay: z.exactOptional(z.int().min(1)).meta({ description: "The same in bytes of results." }),
});

const kinds = ["deny", "require", "approve"] as const;

/** What is decided on top of the policies. Deny wins; require adds steps; approve needs nobody while its limits last. */
export const accessRule = z
  .strictObject({
    name: slug,
    deny: z.exactOptional(expression),
    because: z
      .exactOptional(z.string().min(3).max(200))
      .meta({ description: "What people are told when the rule denies." }),
    require: z.exactOptional(expression),
    steps: z.exactOptional(eachOnce(z.array(accessStep).min(1).max(4))),
    approve: z.exactOptional(expression),
    limits: z.exactOptional(limits),
  })
  .superRefine((rule, { addIssue }) => {
    const issue = (path: string[], message: string) => addIssue({ code: "custom", path, message });
    const [kind, ...more] = kinds.filter((one) => rule[one] !== undefined);
    if (!kind || more.length > 0) return issue([], "a rule says one of deny, require and approve");
    const needs = { deny: "because", require: "steps", approve: "limits" } as const;
    for (const [of, key] of Object.entries(needs)) {
      if (of === kind && rule[key] === undefined) issue([key], `a rule that says ${of} needs ${key}`);
      if (of !== kind && rule[key] !== undefined) issue([key], `only a rule that says ${of} has ${key}`);
    }
  });

export type AccessRule = z.infer<typeof accessRule>;
export type RuleKind = (typeof kinds)[number];

/** What the rule does, and when. */
export function readRule(rule: AccessRule): { kind: RuleKind; expression: string } {
  for (const kind of kinds) {
    const text = rule[kind];
    if (text !== undefined) return { kind, expression: text };
  }
  throw new TypeError(`the rule ${rule.name} says nothing`); // the schema refuses it
}
