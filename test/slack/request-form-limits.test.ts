import {
  anything,
  assert,
  boolean,
  constantFrom,
  dictionary,
  integer,
  oneof,
  property,
  record,
  string,
} from "fast-check";
import { expect, test } from "vitest";
import type { Parameter } from "../../src/runbook/parameter.ts";
import { checkView } from "../../src/sandbox/slack/blocks/validate-view.ts";
import { type FormEntries, requestForm } from "../../src/slack/blocks/request-form.ts";
import { markup } from "../../src/slack/blocks/markup.ts";
import { requester } from "../fixtures/a-request.ts";
import { allKinds, choiceOf } from "./all-kinds-runbook.ts";

const long = (length: number) => "x".repeat(length);
const words = { title: long(48), description: long(150) };
const options = Array.from({ length: 100 }, (_, index) => `${index}${long(70)}`);

/** Everything at its longest: what the schema of a runbook lets through, Slack must take. */
const longest: Record<string, Parameter> = {
  menu: { type: "string", ...words, enum: options },
  text: { type: "string", ...words, pattern: "^x$", minLength: 1, maxLength: 1024, examples: [long(1024)] },
  date: { type: "string", ...words, format: "date", maxLength: 10, default: "2026-11-21" },
  time: { type: "string", ...words, format: "date-time", maxLength: 30, default: "2026-11-21T02:10:00Z" },
  whole: {
    type: "integer",
    ...words,
    minimum: -9_007_199_254_740_991,
    maximum: 9_007_199_254_740_991,
    default: 0,
  },
  part: { type: "number", ...words, minimum: -1.5, maximum: 1.5, examples: [0.000001] },
  truth: { type: "boolean", ...words, default: true },
  few: { type: "array", ...words, items: { type: "string", enum: options.slice(0, 10) }, maxItems: 10 },
  many: {
    type: "array",
    ...words,
    items: { type: "string", enum: options },
    maxItems: 25,
    default: options.slice(0, 25),
  },
  query: { type: "sql", ...words, maxLength: 3000, examples: [long(3000)] },
  single: { type: "string", ...words, enum: ["ONLY"] },
};

const runbook = {
  ...allKinds,
  metadata: { ...allKinds.metadata, title: long(75), name: long(63) },
  documentation: {
    ...allKinds.documentation,
    purpose: long(500),
    whenToUse: long(500),
    whenNotToUse: long(500),
  },
};

const value = oneof(
  string({ unit: "binary", maxLength: 1100 }),
  constantFrom(long(3000), `SELECT 1\n${" ".repeat(2990)}FROM t`, long(3001), "'".repeat(4000)),
  integer(),
  boolean(),
  anything(),
  constantFrom(options.slice(0, 2)),
);
const entries = record({
  inputs: dictionary(constantFrom(...Object.keys(longest)), value),
  grantKind: oneof(constantFrom("single-run", "window"), string()),
  durationMinutes: integer(),
  reason: string({ unit: "binary", maxLength: 1000 }),
  reference: string({ unit: "binary", maxLength: 100 }),
});

test("whatever was typed or asked before, Slack takes the form", () => {
  const takes = (required: boolean, typed: FormEntries) => {
    const parameters = {
      ...allKinds.parameters,
      required: required ? Object.keys(longest) : [],
      properties: longest,
    };
    const view = requestForm({
      runbook: { ...runbook, parameters },
      choice: choiceOf(runbook, { grant: { kinds: ["single-run", "window"], maxDurationMinutes: 7 } }),
      requester,
      metadata: "{}",
      entries: typed,
      notice: markup`Not sent yet.`,
      problems: [long(5000), "", "Line 1"],
    });
    checkView(JSON.parse(JSON.stringify(view)), "modal");
  };
  expect(() => assert(property(boolean(), entries, takes), { numRuns: 200 })).not.toThrow();
});
