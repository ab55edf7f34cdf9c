import { createRequire } from "node:module";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { operandsOf, type Path } from "../../src/dynamodb/expressions.ts";
import { parseCondition } from "../../src/dynamodb/parse-condition.ts";
import { parseProjection } from "../../src/dynamodb/parse-projection.ts";
import { Placeholders } from "../../src/dynamodb/placeholders.ts";
import { RequestError } from "../../src/dynamodb/request-error.ts";
import { isReservedWord } from "../../src/dynamodb/reserved-words.ts";

/** The expression grammars of dynalite: written by others, and what the sandbox's tables obey. */
type Parser = {
  parse(text: string, options: { context: object }): string | { pathHeads: object; paths?: unknown[][] };
};
const load = createRequire(import.meta.url);
const conditionParser = load("dynalite/db/conditionParser.js") as Parser;
const projectionParser = load("dynalite/db/projectionParser.js") as Parser;

const names = { "#a": "alpha", "#b": "with.dot", "#c": "status" };
const values = { ":s": { S: "text" }, ":t": { S: "S" }, ":n": { N: "3" }, ":m": { N: "4" } };

describe("a second reader of expressions", () => {
  test("sees the same top-level attributes in every condition", () => {
    fc.assert(
      fc.property(conditions, (text) => {
        expect(ourNames(text)).toEqual(theirNames(text));
      }),
      { numRuns: 500 },
    );
  });

  test("accepts every condition that we accept, however mangled", () => {
    fc.assert(
      fc.property(mangled(conditions), (text) => {
        expect(
          !accepts(() => parseCondition(text, "FilterExpression")) || theyRead(conditionParser, text),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("accepts every projection that we accept, however mangled", () => {
    fc.assert(
      fc.property(mangled(projections), (text) => {
        expect(!accepts(() => parseProjection(text)) || theyRead(projectionParser, text)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

const paths = fc.constantFrom(
  "#a",
  "#b",
  "#c",
  "total_cents",
  "x1",
  "#a.deep",
  "entries[0]",
  "entries[1].#b",
  "x.y[2][3]",
);
const projections = fc.array(paths, { minLength: 1, maxLength: 4 }).map((list) => list.join(", "));
const placeholders = fc.constantFrom(":s", ":t", ":n");
const operands = fc.oneof(
  paths,
  paths.map((path) => `size (${path})`),
);

const { conditions } = fc.letrec<{ conditions: string; terms: string }>((tie) => ({
  conditions: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("terms"),
    fc
      .tuple(tie("conditions"), fc.constantFrom("AND", "or", "OR"), tie("conditions"))
      .map((parts) => parts.join(" ")),
    fc.tuple(tie("conditions"), tie("terms")).map(([left, right]) => `NOT (${left} AND ${right})`),
    tie("terms").map((term) => `NOT (${term})`),
  ),
  terms: fc.oneof(
    fc
      .tuple(paths, fc.constantFrom("=", "<>", "<", "<=", ">", ">="), placeholders)
      .map((parts) => parts.join(" ")),
    operands.map((operand) => `${operand} BETWEEN :n and :m`),
    fc.tuple(paths, placeholders).map(([path, value]) => `${path} in (${value}, :n)`),
    paths.map((path) => `attribute_not_exists(${path})`),
    paths.map((path) => `attribute_type(${path}, :t)`),
    paths.map((path) => `begins_with(${path}, :s)`),
    paths.map((path) => `contains(${path}, :n)`),
  ),
}));

/** Something is cut out or put in somewhere. */
function mangled(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const inserted = [
    "",
    " ",
    "(",
    ")",
    ",",
    ".",
    "#",
    ":",
    "[",
    "]",
    "=",
    "<",
    "NOT ",
    "OR",
    "1",
    "_",
    "é",
    "\u0000",
    "\u00A0",
  ];
  return fc
    .tuple(texts, fc.nat({ max: 80 }), fc.nat({ max: 2 }), fc.constantFrom(...inserted))
    .map(([text, at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut));
}

function ourNames(text: string): string[] {
  const resolver = new Placeholders(names, values);
  const used = operandsOf(parseCondition(text, "FilterExpression")).flatMap((operand) =>
    operand.kind === "value" ? [] : [topLevel(resolver, operand.path)],
  );
  return [...new Set(used)].sort();
}

function topLevel(resolver: Placeholders, path: Path): string {
  return resolver.path(path)[0];
}

function theirNames(text: string): string[] {
  const result = conditionParser.parse(text, { context: context() });
  return typeof result === "string" ? [result] : Object.keys(result.pathHeads).sort();
}

function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof RequestError) return false;
    throw error;
  }
}

/** They throw on what is no expression; what they say about types and definitions is not asked here. */
function theyRead(parser: Parser, text: string): boolean {
  try {
    parser.parse(text, { context: context() });
    return true;
  } catch {
    return false;
  }
}

function context(): object {
  return {
    attrNames: names,
    attrVals: values,
    unusedAttrNames: {},
    unusedAttrVals: {},
    isReserved: isReservedWord,
    compare: () => false,
  };
}
