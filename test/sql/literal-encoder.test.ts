import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeLiteral, LiteralError } from "../../src/sql/literal-encoder.ts";
import { parseStatement } from "../../src/sql/parse-statement.ts";
import { readStatement } from "../../src/sql/read-query.ts";
import { tokenize } from "../../src/sql/tokens.ts";
import type { Expression } from "../../src/sql/syntax.ts";
import type { TypedValue } from "../../src/sql/typed-value.ts";

test.for<[TypedValue, string]>([
  [{ type: "string", value: "abc" }, "'abc'"],
  [{ type: "string", value: "" }, "''"],
  [{ type: "string", value: "O'Brien" }, "'O''Brien'"],
  [{ type: "string", value: "back\\slash" }, "'back\\slash'"],
  [{ type: "string", value: "grün 日本 😀" }, "'grün 日本 😀'"],
  [{ type: "integer", value: 42 }, "42"],
  [{ type: "integer", value: -7 }, "-7"],
  [{ type: "integer", value: 123456789012345678n }, "123456789012345678"],
  [{ type: "decimal", value: "-12.50" }, "-12.50"],
  [{ type: "boolean", value: true }, "true"],
  [{ type: "date", value: "2026-11-20" }, "DATE '2026-11-20'"],
  [{ type: "timestamp", value: "2026-11-20 10:00:00.123" }, "TIMESTAMP '2026-11-20 10:00:00.123'"],
])("%o is written as %s", ([value, literal]) => {
  expect(encodeLiteral(value)).toBe(literal);
});

/** Texts that have broken out of quotes somewhere. */
const attacks = [
  "' OR '1'='1",
  "'; DROP TABLE x; --",
  "'' || (SELECT max(ssn) FROM hr.employees) || ''",
  "\\' OR 1=1 --",
  "\\",
  "'",
  "''",
  "'''",
  "/* */",
  "*/ --",
  "-- x",
  "?",
  ":name",
  "${x}",
  "%' OR '%'='",
  "\u02bc OR 1=1",
  "\u2019 OR 1=1",
  "\uff07 OR 1=1",
  "U&'\\0027'",
  "') UNION SELECT ssn FROM hr.employees WHERE ('1'='1",
  "CAST('x' AS date)",
  "(SELECT count(*) FROM secret.payroll)",
];

test.for(attacks)("as a string %j is one literal and comes back unchanged", (value) => {
  expect(readBack(encodeLiteral({ type: "string", value }))).toEqual({ kind: "text", value });
});

test.for(attacks)("as any other type %j is refused", (value) => {
  for (const type of ["decimal", "date", "timestamp"] as const)
    expect(() => encodeLiteral({ type, value })).toThrow(LiteralError);
  expect(() => encodeLiteral({ type: "integer", value: value as unknown as number })).toThrow(LiteralError);
});

test.for([
  ["a line feed", "a\nb"],
  ["a carriage return", "a\rb"],
  ["NUL", "a\u0000b"],
  ["escape", "a\u001bb"],
  ["next line", "a\u0085b"],
  ["a line separator", "a\u2028b"],
  ["an override of the reading direction", "a\u202eb"],
  ["half a surrogate pair", "a\ud800b"],
])("a string with %s is refused", ([, value = ""]) => {
  expect(() => encodeLiteral({ type: "string", value })).toThrow("has a control character");
});

test.for<[string, TypedValue]>([
  ["NaN", { type: "integer", value: NaN }],
  ["a fraction", { type: "integer", value: 1.5 }],
  ["1e21", { type: "integer", value: 1e21 }],
  ["infinity", { type: "integer", value: -Infinity }],
  ["19 digits", { type: "integer", value: 1234567890123456789n }],
  ["an exponent", { type: "decimal", value: "1e5" }],
  ["a day of one digit", { type: "date", value: "2026-1-1" }],
  ["a time with T", { type: "timestamp", value: "2026-11-20T10:00:00" }],
])("%s is refused", ([, value]) => {
  expect(() => encodeLiteral(value)).toThrow(LiteralError);
});

test("what Athena would not take for its length is refused, quotes counted twice", () => {
  expect(encodeLiteral({ type: "string", value: "x".repeat(1022) })).toHaveLength(1024);
  expect(() => encodeLiteral({ type: "string", value: "x".repeat(1023) })).toThrow("shorten it");
  expect(() => encodeLiteral({ type: "string", value: "'".repeat(600) })).toThrow("shorten it");
});

test("any text is refused or comes back unchanged", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("'", "\\", "-", "/", "*", '"', ";", "a") }),
  );
  fc.assert(
    fc.property(texts, (value) => {
      const literal = outcome({ type: "string", value });
      if (literal !== undefined) expect(readBack(literal)).toEqual({ kind: "text", value });
    }),
    { numRuns: 1000 },
  );
});

test("any integer comes back unchanged", () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const read = readBack(encodeLiteral({ type: "integer", value }));
      expect(read).toEqual({ kind: "number", text: String(value) });
    }),
  );
});

function outcome(value: TypedValue): string | undefined {
  try {
    return encodeLiteral(value);
  } catch (error) {
    if (error instanceof LiteralError) return undefined;
    throw error;
  }
}

/** What Trino's parser makes of the literal where a parameter stands. */
function readBack(literal: string): Omit<Expression, "place"> | undefined {
  expect(parseStatement(tokenize(`SELECT 1 WHERE x = ${literal}`))).toBeDefined();
  const { body } = readStatement(tokenize(`SELECT 1 WHERE x = ${literal}`));
  const where = body.kind === "select" ? body.where : undefined;
  if (where?.kind !== "comparison") return undefined;
  const { place: _place, ...rest } = where.right;
  return rest;
}
