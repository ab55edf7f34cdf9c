import { joined, closing, sqlTokens, type SqlToken } from "./sql-tokens.ts";
import { translateFormat } from "./time-formats.ts";
import { unnestRows, type RowsOf } from "./unnest-rows.ts";

/**
 * Trino's SQL as DuckDB takes it, where a macro (`macros.ts`) can't bridge the two.
 *
 * Not equal to Trino, so a query that runs here may still fail or differ in Athena:
 * - DuckDB parses: it takes more than Trino's grammar does (`FROM t` alone, `EXCLUDE`, `::`, `QUALIFY` …).
 * - DuckDB converts `'5' = 5` and the like silently, where Trino answers TYPE_MISMATCH.
 * - Regular expressions are RE2's, not Java's; `approx_*` are other sketches with other errors.
 * - `any_match` and its kin, `MAP(…)` of two arrays, `ROW` types in casts, `MATCH_RECOGNIZE`, table functions
 *   other than `UNNEST`, `information_schema` and views are missing.
 * - Overflows, time zones inside text and the text of complex values follow DuckDB.
 */
export function translate(sql: string, rowsOf: RowsOf, now: Date): string {
  return joined(retimed(formats(unnestRows(sqlTokens(sql), rowsOf)), now));
}

const timeFunctions: Record<string, { duckdb: string; style: "mysql" | "joda" }> = {
  date_parse: { duckdb: "strptime", style: "mysql" },
  date_format: { duckdb: "strftime", style: "mysql" },
  parse_datetime: { duckdb: "strptime", style: "joda" },
  format_datetime: { duckdb: "strftime", style: "joda" },
};

/** DuckDB wants its own format, and wants it constant. */
function formats(tokens: SqlToken[]): SqlToken[] {
  const translated = [...tokens];
  tokens.forEach((token, index) => {
    const known = token.kind === "word" ? timeFunctions[token.text.toLowerCase()] : undefined;
    if (!known || tokens[index + 1]?.text !== "(") return;
    translated[index] = { ...token, text: known.duckdb };
    const last = tokens.findLastIndex(
      ({ kind }, at) => at > index && at < closing(tokens, index + 1) && kind !== "space",
    );
    const format = tokens[last];
    if (format?.kind === "string") {
      translated[last] = { ...format, text: translateFormat(format.text, known.style) };
    }
  });
  return translated;
}

/** The peer's clock, not the machine's, says what time it is. */
function retimed(tokens: SqlToken[], now: Date): SqlToken[] {
  const stamp = now.toISOString().replace("T", " ").replace("Z", "");
  const instant = `TIMESTAMPTZ '${stamp}+00'`;
  const result: SqlToken[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (!token) break;
    const word = token.kind === "word" ? token.text.toLowerCase() : "";
    const isCall = tokens[index + 1]?.text === "(" && tokens[index + 2]?.text === ")";
    if (word === "current_date") result.push({ ...token, text: `DATE '${stamp.slice(0, 10)}'` });
    else if (word === "current_timestamp") result.push({ ...token, text: instant });
    else if (word === "now" && isCall) {
      result.push({ ...token, text: instant });
      index += 2;
    } else result.push(token);
  }
  return result;
}
