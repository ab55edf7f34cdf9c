import { QueryError } from "./query-error.ts";
import { joined, meaningful, sqlTokens, type SqlToken } from "./sql-tokens.ts";

/**
 * Puts execution parameters in place of each `?`. Athena takes them as SQL text, not as data: so does this, but
 * only literals; a function call, which Athena may run, is refused here.
 */
export function bindParameters(sql: string, parameters: readonly string[]): string {
  const tokens = sqlTokens(sql);
  const holes = tokens.filter(isHole);
  if (holes.length !== parameters.length) {
    throw new QueryError(
      `INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected ${holes.length} but found ${parameters.length}`,
    );
  }
  const literals = parameters.map(literal);
  return joined(tokens.map((token) => (isHole(token) ? { ...token, text: literals.shift() ?? "" } : token)));
}

function isHole({ kind, text }: SqlToken): boolean {
  return kind === "symbol" && text === "?";
}

const castTypes = /^(date|timestamp|time|varchar|bigint|integer|int|double|boolean|decimal)$/iu;

function literal(text: string): string {
  const [first, second, third, fourth, fifth, sixth, ...rest] = meaningful(sqlTokens(text));
  const words = [first, second, third, fourth, fifth, sixth].filter((token) => token !== undefined);
  const shape = words.map(({ kind, text: word }) => (kind === "symbol" ? word : kind)).join(" ");
  const head = first?.text.toUpperCase() ?? "";
  const isLiteral =
    rest.length === 0 &&
    (shape === "string" ||
      shape === "number" ||
      shape === "- number" ||
      (shape === "word" && /^(TRUE|FALSE|NULL)$/u.test(head)) ||
      (shape === "word string" && /^(DATE|TIMESTAMP|TIME|DECIMAL|X)$/u.test(head)) ||
      (shape === "word ( string word word )" &&
        head === "CAST" &&
        fourth?.text.toUpperCase() === "AS" &&
        castTypes.test(fifth?.text ?? "")));
  if (isLiteral) return shape === "- number" ? `(${text})` : text;
  if (shape === "word" || shape === "quoted") {
    throw new QueryError(
      "EXPRESSION_NOT_CONSTANT: line 1:1: Constant expression cannot contain column references",
    );
  }
  throw new QueryError(`NOT_SUPPORTED: The sandbox's Athena binds literals only, not: ${text}`);
}
