import * as z from "zod";
import { derivedValueSchema } from "./derived-value.ts";
import { narrowingSchema } from "./guardrail-narrowing.ts";
import { attributeName, classification, groupName, slug, valueName } from "./identifiers.ts";
import { narrowingKind } from "./narrowing.ts";
import { parametersSchema } from "./parameter.ts";
import { stepSchema } from "./step.ts";

const sentence = (max: number) => z.string().min(1).max(max);
const sentences = z.array(sentence(300)).min(1).max(12);
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a date is written YYYY-MM-DD");

export const riskLevel = z.enum(["low", "medium", "high", "critical"]);

const aVersion = 'a version is MAJOR.MINOR.PATCH in quotes, like "1.0.0"';

const metadata = z.strictObject({
  name: slug.meta({ description: "The file's name without .yml." }),
  title: z.string().min(5).max(75),
  version: z.string(aVersion).regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, aVersion),
  status: z.enum(["experimental", "test", "stable", "deprecated"]),
  owner: groupName.meta({ description: "The group of access.yml that answers for this file." }),
  lastEditor: z.exactOptional(
    z
      .string()
      .regex(
        /^(T[A-Z0-9]+:)?[UW][A-Z0-9]+$/,
        "who last edited the runbook, as a Slack user id like U0123ABCD",
      ),
  ),
  lastReviewed: isoDate,
  riskLevel,
  tags: z.exactOptional(z.array(slug).max(10)),
  related: z.exactOptional(
    z
      .array(
        z.strictObject({ name: slug, type: z.enum(["derived", "obsolete", "similar", "next", "verifies"]) }),
      )
      .max(10),
  ),
  references: z.exactOptional(z.array(z.url({ protocol: /^https$/ })).max(10)),
  license: z.exactOptional(z.string().max(40)),
});

const interpretationRow = z.strictObject({
  when: sentence(200).meta({ description: "What the result looks like." }),
  meaning: sentence(200),
  next: sentence(200).meta({ description: "The next step: run a runbook, escalate to a contact, or stop." }),
  runbook: z
    .exactOptional(slug)
    .meta({ description: "The runbook that is the next step; becomes a button." }),
});

const documentation = z.strictObject({
  purpose: z.string().min(20).max(500),
  whenToUse: z.string().min(10).max(500),
  whenNotToUse: z.exactOptional(sentence(500)),
  prerequisites: z.exactOptional(sentences),
  hypotheses: z.exactOptional(sentences),
  expectedOutput: z.string().min(10).max(500),
  interpretation: z
    .array(interpretationRow)
    .min(2, "DOC01: at least two rows of interpretation, one of them for the empty result")
    .max(10)
    .meta({ description: "How to read the result; shown under it in the thread." }),
  falsepositives: z.exactOptional(sentences),
  limitations: z.exactOptional(sentences),
  escalation: z.strictObject({
    contact: sentence(80).meta({ description: "A channel or a role, never a person." }),
    when: sentence(200),
  }),
});

const grant = z.strictObject({
  kinds: z
    .array(z.enum(["single-run", "window"]))
    .min(1)
    .max(2)
    .meta({ description: "single-run ends with its run; window may run again until it ends." }),
  maxDurationMinutes: z.int().min(1).max(60),
  maxRuns: z.int().min(1).max(25).meta({ description: "Runs inside one window." }),
  approves: z.exactOptional(z.enum(["exact", "within-guardrails"])).meta({
    description:
      "within-guardrails: in a window the requester may send further queries that the guardrails admit. Default exact.",
  }),
});

const limits = z.strictObject({
  timeoutSeconds: z
    .int()
    .min(1)
    .max(600)
    .meta({ description: "LIM01: below the 15 minutes that a session lives." }),
  maxRows: z.int().min(1).max(10_000),
  maxPages: z.exactOptional(z.int().min(1).max(200)).meta({ description: "Required on a Query (DDB04)." }),
  maxItemsScanned: z.exactOptional(z.int().min(1).max(100_000)).meta({
    description: "Items that DynamoDB reads before its filter, over all pages; required on a Query (DDB04).",
  }),
  maxBytesScanned: z.exactOptional(z.int().min(10_000_000)).meta({
    description: "What one Athena query may scan; required for Athena (LIM01).",
  }),
  maxBytes: z.exactOptional(z.int().min(1024).max(10_485_760)).meta({ description: "Default 1 MiB." }),
});

const column = z.strictObject({
  name: attributeName.meta({ description: "A projected attribute, or a column of the SQL result." }),
  title: sentence(40),
  type: z.enum(["string", "integer", "number", "boolean", "date-time", "json"]),
  classification,
  mask: z.enum(["none", "last4", "hide"]).meta({ description: "How a value is shown in a masked preview." }),
});

const output = z.strictObject({
  classification,
  audience: z.enum(["requester", "thread-preview"]).meta({
    description: "Rows go to the requester alone, or a masked preview also to the request's thread.",
  }),
  noun: z.strictObject({ one: sentence(30), other: sentence(30) }).meta({
    description: 'What a row is, for the headline: "12 orders".',
  }),
  emptyResult: sentence(200).meta({ description: "What is said when no row is found (OUT03)." }),
  removeOnEnd: z
    .boolean()
    .meta({ description: "Delete the rows from the requester's messages when access ends." }),
  columns: z.array(column).max(30),
});

/** Another write runbook and what its form is filled with, from the change that is to be taken back. */
const rollback = z.strictObject({
  runbook: slug.meta({
    description: "The write that takes this one back; asked for and approved by itself.",
  }),
  inputs: z.record(
    valueName,
    z.union(
      [
        z.strictObject({ $param: valueName }),
        z.strictObject({ $before: attributeName }),
        z.strictObject({ $after: attributeName }),
      ],
      { error: "an input here is {$param: name}, {$before: attribute} or {$after: attribute}" },
    ),
  ),
});

const test = z.strictObject({
  name: sentence(120),
  given: z.strictObject({
    parameters: z.record(valueName, z.unknown()).meta({ description: "As Slack would give them." }),
    now: z.exactOptional(z.iso.datetime()).meta({ description: "The time for the function `now`." }),
  }),
  expect: z.strictObject({
    valid: z.boolean(),
    errors: z
      .exactOptional(z.array(valueName).min(1))
      .meta({ description: "The parameters that are refused." }),
    requests: z.exactOptional(
      z.array(z.strictObject({ action: z.string(), request: z.record(z.string(), z.unknown()) })),
    ),
  }),
});

/** One reviewed query: what it is for, what may be typed, the exact request, its limits, who sees what. */
export const runbookSchema = z.strictObject({
  apiVersion: z.literal("jit-runbooks/v1"),
  kind: z.literal("QueryRunbook"),
  metadata,
  documentation,
  parameters: parametersSchema,
  derived: z.exactOptional(z.record(valueName, derivedValueSchema)),
  access: z.strictObject({
    requesters: z
      .array(groupName)
      .min(1)
      .meta({ description: "Groups that may ask; access.yml can only narrow." }),
  }),
  approval: z.strictObject({
    approvers: z.array(groupName).min(1, "APR01: at least one group approves; an empty list means nobody"),
    minRequiredApprovals: z.int().min(1).max(5),
    timeoutSeconds: z
      .int()
      .min(15)
      .max(604_800)
      .meta({ description: "A request nobody decides lapses after it." }),
  }),
  grant,
  narrowing: z
    .exactOptional(z.array(narrowingKind).min(1).max(4))
    .meta({ description: "What an approver may make less of than was asked for." }),
  limits,
  guardrails: z.exactOptional(narrowingSchema),
  datasource: slug.meta({ description: "A data source of datasources.yml." }),
  steps: z.array(stepSchema).length(1, "exactly one step for now"),
  rollback: z.exactOptional(rollback).meta({
    description: "How an UpdateItem is taken back; offered where its before image was shown.",
  }),
  output,
  tests: z.array(test).min(1, "TST01: a runbook has tests"),
});

export type Runbook = z.infer<typeof runbookSchema>;
export type RunbookTest = Runbook["tests"][number];

/** A runbook as loaded: its content, the digest of that content, and the file it stands in. */
export type LoadedRunbook = Runbook & {
  /**
   * SHA-256 of the content's canonical JSON, lower-case hex, the text of its QueryFile included; formatting and
   * comments of the YAML do not count.
   */
  digest: string;
  fileName: string;
};
