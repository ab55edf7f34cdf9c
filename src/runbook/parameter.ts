import * as z from "zod";
import { valueName } from "./identifiers.ts";

/**
 * The holes of a runbook, written as JSON Schema 2020-12 so that one object drives the Slack form, the check of
 * what was typed and the documentation. Lengths are Slack's: label 48, hint 150, option 75 characters,
 * 100 options (https://docs.slack.dev/reference/block-kit).
 */
const option = z.string().min(1).max(75);

const common = {
  title: z.string().min(1).max(48).meta({ description: "The label of the field in the form." }),
  description: z.string().min(1).max(150).meta({ description: "The hint under the field." }),
  "x-sensitive": z.exactOptional(z.boolean()).meta({
    description:
      "The value is masked wherever more than the requester and the approvers read, hashed in the audit.",
  }),
};

const stringParameter = z
  .strictObject({
    type: z.literal("string"),
    ...common,
    enum: z
      .exactOptional(z.array(option).min(1).max(100))
      .meta({ description: "The only values there are." }),
    pattern: z.exactOptional(z.string().min(1).max(200)).meta({
      description:
        "An ECMAScript regular expression, anchored (^…$), with one way to match each text (PAR04).",
    }),
    format: z.exactOptional(z.enum(["date", "date-time", "uuid", "ipv4", "email"])),
    minLength: z.exactOptional(z.int().min(0).max(1024)),
    maxLength: z.exactOptional(z.int().min(1).max(1024)),
    default: z.exactOptional(z.string()),
    "x-bound": z.exactOptional(z.enum(["start", "end"])).meta({
      description: "Of a date or date-time: an approver may choose a later start, or an earlier end.",
    }),
    examples: z.exactOptional(z.array(z.string()).min(1).max(5)).meta({
      description: "Shown in the form and in messages; each must itself be accepted.",
    }),
  })
  .meta({ description: "A text: one of an enum, or held to a pattern or a format." });

const numeric = {
  ...common,
  minimum: z.number("PAR05: a number has a minimum and a maximum"),
  maximum: z.number("PAR05: a number has a minimum and a maximum"),
  default: z.exactOptional(z.number()),
  examples: z.exactOptional(z.array(z.number()).min(1).max(5)),
};

const integerParameter = z.strictObject({ type: z.literal("integer"), ...numeric });
const numberParameter = z.strictObject({ type: z.literal("number"), ...numeric });

const booleanParameter = z.strictObject({
  type: z.literal("boolean"),
  ...common,
  default: z.exactOptional(z.boolean()),
});

const arrayParameter = z
  .strictObject({
    type: z.literal("array"),
    ...common,
    items: z.strictObject(
      { type: z.literal("string"), enum: z.array(option).min(1).max(100) },
      "PAR06: the items of a list are an enum of strings",
    ),
    minItems: z.exactOptional(z.int().min(1).max(25)),
    maxItems: z
      .int("PAR06: a list has maxItems, at most 25")
      .min(1)
      .max(25, "PAR06: a list has maxItems, at most 25"),
    default: z.exactOptional(z.array(z.string()).min(1)),
  })
  .meta({ description: "Several values of an enum; in a filter it stands alone in `IN (:name)`." });

const sqlParameter = z
  .strictObject({
    type: z.literal("sql"),
    ...common,
    maxLength: z.exactOptional(z.int().min(20).max(3000)).meta({
      description: "Default 3000, what a field of Slack holds.",
    }),
    examples: z.array(z.string().min(1).max(3000)).min(1).max(5).meta({
      description: "Queries that the guardrails admit; the first one stands in the empty field.",
    }),
    default: z.exactOptional(z.never()),
  })
  .meta({ description: "A query that the requester writes, held to the guardrails." });

const parameterSchema = z.discriminatedUnion(
  "type",
  [stringParameter, integerParameter, numberParameter, booleanParameter, arrayParameter, sqlParameter],
  { error: "a parameter's type is string, integer, number, boolean, array or sql" },
);

export const parametersSchema = z.strictObject({
  type: z.literal("object"),
  additionalProperties: z.literal(false),
  required: z.exactOptional(z.array(valueName)).meta({ description: "Parameters that must be given." }),
  properties: z
    .record(valueName, parameterSchema)
    .refine(
      (properties) => Object.keys(properties).length <= 10,
      "PAR08: a runbook has at most 10 parameters",
    ),
});

export type Parameter = z.infer<typeof parameterSchema>;
export type StringParameter = z.infer<typeof stringParameter>;
export type SqlParameter = z.infer<typeof sqlParameter>;
export type NumericParameter = z.infer<typeof integerParameter> | z.infer<typeof numberParameter>;
export type ArrayParameter = z.infer<typeof arrayParameter>;
