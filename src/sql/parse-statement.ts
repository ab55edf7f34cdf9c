import { BailErrorStrategy, PredictionMode, Token } from "antlr4ng";
import type { SingleStatementContext } from "dt-sql-parser/dist/lib/trino/TrinoSqlParser.js";
import { loadTrinoParser } from "./load-trino-parser.ts";
import { SqlRefused } from "./refusal.ts";
import { placeOf, ThrowingListener } from "./tokens.ts";
import type { TokenStream } from "./tokens.ts";

/**
 * Parses the tokens as exactly one Trino statement.
 *
 * Not by the grammar's root rule: that one reads `statement*` without separator, so `SELECT 1 SELECT 2` would be two.
 * The fast prediction mode comes first, the full one when that fails; every error is thrown, none repaired.
 *
 * @throws SqlRefused when it is not one statement, with the place where it stops to be one.
 */
export function parseStatement(stream: TokenStream): SingleStatementContext {
  try {
    return parse(stream, "fast");
  } catch {
    return parse(stream, "full");
  }
}

function parse(stream: TokenStream, mode: "fast" | "full"): SingleStatementContext {
  const { TrinoSqlParser } = loadTrinoParser();
  stream.seek(0);
  const parser = new TrinoSqlParser(stream);
  parser.removeErrorListeners();
  parser.interpreter.predictionMode = mode === "fast" ? PredictionMode.SLL : PredictionMode.LL;
  if (mode === "fast") parser.errorHandler = new BailErrorStrategy();
  else parser.addErrorListener(new ThrowingListener());
  const statement = parser.singleStatement();
  const next = stream.LT(1);
  if (next && next.type !== Token.EOF) refuseRest(next);
  return statement;
}

function refuseRest(next: Token): never {
  const text = next.text ?? "";
  if (statementWords.has(text.toLowerCase()))
    throw new SqlRefused(
      "several-statements",
      `a second statement begins at \`${text}\`: send one statement`,
      placeOf(next),
    );
  throw new SqlRefused(
    "not-sql",
    `\`${text}\` can't stand here: the query is complete before it`,
    placeOf(next),
  );
}

const statementWords = new Set([
  "select",
  "with",
  "table",
  "values",
  "insert",
  "update",
  "delete",
  "merge",
  "create",
  "drop",
  "alter",
  "execute",
  "call",
]);
