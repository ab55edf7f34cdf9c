import { pinBefore } from "../../dynamodb/pin-before.ts";
import { readRequest } from "../../dynamodb/read-request.ts";
import type { RequestFacts } from "../../dynamodb/read-request.ts";
import { RequestError } from "../../dynamodb/request-error.ts";
import type { RequestErrorCode } from "../../dynamodb/request-error.ts";
import type { DynamoDbSource } from "../data-sources.ts";
import { requestShapes } from "../request-shapes.ts";
import type { RequestShape } from "../request-shapes.ts";
import { plannedWrite } from "../plan-write.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

/**
 * Rules that every shape of the request is read for: with no optional parameter, with each, with all.
 * They hold only for a runbook that passed the rules before, whose requests can be bound.
 */
export const shapeRules: readonly Rule[] = [
  shapeRule("DDB02", "A request projects the attributes it needs (or counts); whole items are never read."),
  shapeRule(
    "DDB03",
    "A key condition has equality on the partition key of the table or index; a Key is whole.",
  ),
  shapeRule(
    "DDB06",
    "Placeholders are defined and used, in every shape of the request; a projection names nothing twice.",
  ),
  shapeRule(
    "DDB11",
    "A write has the whole Key, changes each attribute once and no key attribute; placeholders named before_1, before_2, … are ours.",
  ),
  shapeRule("DDB07", "ConsistentRead is not combined with a global index."),
  shapeRule(
    "DDB16",
    "Keys have values that DynamoDB takes: no empty text, the type of the key, one table, at most 100 keys.",
  ),
  shapeRule("DDB17", "A request uses an index that the catalogue has."),
  {
    id: "DDB15",
    severity: "error",
    says: "A request names only attributes that the catalogue lists.",
    check: (context) =>
      distinct(
        shapesOf(context).flatMap(({ facts, dataSource }) =>
          (facts?.attributes ?? [])
            .filter((name) => !Object.hasOwn(dataSource.attributes, name))
            .map((name) => ({
              path: ["steps", 0, "request"],
              message: `${dataSource.name} has no attribute "${name}" in datasources.yml`,
            })),
        ),
      ),
  },
  {
    id: "OUT04",
    severity: "error",
    says: "The output's columns are exactly the projected attributes, each once; a COUNT has none. Of a write: every attribute that it changes or its condition names, keys left out. (For SQL see SQL07.)",
    check: (context) => columnProblems(context),
  },
];

type ShapeRuleId = "DDB11" | "DDB02" | "DDB03" | "DDB06" | "DDB07" | "DDB16" | "DDB17";

const ruleOf: Record<RequestErrorCode, ShapeRuleId> = {
  "missing-projection": "DDB02",
  "whole-item": "DDB02",
  "no-partition-equality": "DDB03",
  "partition-not-a-value": "DDB03",
  "key-condition": "DDB03",
  "key-in-filter": "DDB03",
  "key-mismatch": "DDB03",
  malformed: "DDB06",
  syntax: "DDB06",
  "undefined-placeholder": "DDB06",
  "unused-placeholder": "DDB06",
  "reserved-word": "DDB06",
  "overlapping-paths": "DDB06",
  "consistent-read-on-gsi": "DDB07",
  "key-type": "DDB16",
  "empty-key": "DDB16",
  "no-keys": "DDB16",
  "too-many-keys": "DDB16",
  "duplicate-keys": "DDB16",
  "several-tables": "DDB16",
  "unknown-index": "DDB17",
  "update-expression": "DDB11",
  "missing-condition": "DDB11",
  "return-values": "DDB11",
};

function shapeRule(id: ShapeRuleId, says: string): Rule {
  return {
    id,
    severity: "error",
    says,
    check: (context) =>
      distinct(
        shapesOf(context).flatMap(({ shape, error }) =>
          error && ruleOf[error.code] === id
            ? [{ path: ["steps", 0, "request"], message: `${error.message}${shapeText(shape)}` }]
            : [],
        ),
      ).slice(0, 1),
  };
}

type ReadShape = {
  shape: RequestShape;
  dataSource: DynamoDbSource;
  facts?: RequestFacts;
  error?: RequestError;
};

function shapesOf({ runbook, dataSource }: RuleContext): ReadShape[] {
  if (dataSource?.service !== "dynamodb") return [];
  return requestShapes(runbook, "example").flatMap((shape) =>
    shape.calls.map((call) => {
      if (call.action === "athena:StartQueryExecution") throw new TypeError("no query of DynamoDB is SQL");
      try {
        const facts = readRequest(call, dataSource.schema);
        if (call.action === "dynamodb:UpdateItem") pinBefore(call.request, [], {});
        return { shape, dataSource, facts };
      } catch (error) {
        if (error instanceof RequestError) return { shape, dataSource, error };
        throw error;
      }
    }),
  );
}

function shapeText({ given }: RequestShape): string {
  return given.length === 0 ? "" : ` (when ${given.join(" and ")} is given)`;
}

function columnProblems(context: RuleContext): Finding[] {
  const read = shapesOf(context).find((shape) => shape.facts);
  if (!read?.facts) return [];
  const facts = { projection: shownAttributes(read, read.facts) };
  const path = ["output", "columns"];
  const columns = context.runbook.output.columns.map(({ name }) => name);
  return [
    ...columns
      .filter((name, at) => columns.indexOf(name) !== at)
      .map((name) => ({ path, message: `column ${name} stands twice` })),
    ...columns
      .filter((name) => !facts.projection.includes(name))
      .map((name) => ({ path, message: `column ${name} is not projected` })),
    ...facts.projection
      .filter((name) => !columns.includes(name))
      .map((name) => ({ path, message: `${name} is projected but is no column` })),
  ];
}

function shownAttributes({ shape, dataSource }: ReadShape, facts: RequestFacts): string[] {
  const [update] = shape.calls;
  return update?.action === "dynamodb:UpdateItem"
    ? plannedWrite(update, dataSource.schema).attributes
    : facts.projection;
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}
