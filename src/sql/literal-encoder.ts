import { loadTrinoParser } from "./load-trino-parser.ts";
import { tokenize, visibleTokens } from "./tokens.ts";
import type { TypedValue } from "./typed-value.ts";

/** Athena: each entry of `ExecutionParameters` has 1 to 1,024 characters (StartQueryExecution, API model). */
const maxLength = 1024;

/**
 * Writes a value as the SQL literal that Athena's `ExecutionParameters` wants. They are SQL expressions, not data: a
 * value that is not exactly one literal of its type could carry a sub-query, so the result is proven by Trino's lexer.
 *
 * @throws LiteralError for a value that its type can't be, has control characters or is longer than Athena takes.
 */
export function encodeLiteral(value: TypedValue): string {
  const literal = written(value);
  if (literal.length > maxLength)
    throw new LiteralError(
      `is ${literal.length} characters long as SQL, Athena takes ${maxLength}: shorten it`,
    );
  proveOneLiteral(literal, value.type);
  return literal;
}

/** A value can't be written as a literal of its type; the message goes after the parameter's name. */
export class LiteralError extends Error {
  override readonly name = "LiteralError";
}

function written(value: TypedValue): string {
  switch (value.type) {
    case "string":
      return quoted(value.value);
    case "integer":
      return matching(String(value.value), /^-?\d{1,18}$/, "is not a whole number of at most 18 digits");
    case "decimal":
      return matching(value.value, /^-?\d{1,18}\.\d{1,18}$/, "is not a decimal number like 12.50");
    case "boolean":
      return value.value ? "true" : "false";
    case "date":
      return `DATE '${matching(value.value, /^\d{4}-\d{2}-\d{2}$/, "is not a day like 2026-01-31")}'`;
    case "timestamp":
      return `TIMESTAMP '${matching(value.value, /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,3})?$/, "is not a time like 2026-01-31 12:00:00")}'`;
  }
}

/** Trino knows no escape but the doubled quote; a backslash is an ordinary character. */
function quoted(text: string): string {
  // Control characters, other line ends, invisible marks that turn reading order, halves of surrogate pairs.
  if (/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u.test(text) || !text.isWellFormed())
    throw new LiteralError("has a control character: remove it");
  return `'${text.replaceAll("'", "''")}'`;
}

function matching(text: string, pattern: RegExp, otherwise: string): string {
  if (!pattern.test(text)) throw new LiteralError(otherwise);
  return text;
}

function proveOneLiteral(literal: string, type: TypedValue["type"]): void {
  const { STRING, INTEGER_VALUE, DECIMAL_VALUE, MINUS, KW_TRUE, KW_FALSE, KW_DATE, KW_TIMESTAMP } =
    loadTrinoParser().TrinoSqlLexer;
  const shapes: Record<TypedValue["type"], readonly number[][]> = {
    string: [[STRING]],
    integer: [[INTEGER_VALUE], [MINUS, INTEGER_VALUE]],
    decimal: [[DECIMAL_VALUE], [MINUS, DECIMAL_VALUE]],
    boolean: [[KW_TRUE], [KW_FALSE]],
    date: [[KW_DATE, STRING]],
    timestamp: [[KW_TIMESTAMP, STRING]],
  };
  const tokens = visibleTokens(tokenize(literal));
  const fits = shapes[type].some(
    (shape) => shape.length === tokens.length && shape.every((kind, index) => tokens[index]?.type === kind),
  );
  // What was hidden as a comment would not be among the tokens.
  const whole =
    tokens
      .map((token) => token.text)
      .join(" ")
      .replace(/^- /, "-") === literal;
  if (!fits || !whole) throw new LiteralError("is not one SQL literal");
}
