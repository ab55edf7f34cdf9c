import { QueryError } from "./query-error.ts";
import { closing, joined, type SqlToken } from "./sql-tokens.ts";

/** Fields of the rows in a column of array(row); none for other columns. */
export type RowsOf = (column: string) => readonly string[];

/**
 * `UNNEST` of an array(row) gives one column per field in Trino, one struct in DuckDB. An alias list of another
 * length is refused as Trino refuses it (github.com/trinodb/trino/issues/3982), so `AS u (r)` fails and
 * `AS r` with `r.arn` runs.
 */
export function unnestRows(tokens: readonly SqlToken[], rowsOf: RowsOf): SqlToken[] {
  const result: SqlToken[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (!token) break;
    const found = readUnnest(tokens, index, rowsOf);
    if (!found) {
      result.push(token);
      continue;
    }
    const { array, fields, end } = found;
    checkAliases(tokens, end + 1, fields.length);
    const columns = fields.map((field) => `athena_each.athena_row."${field}" AS "${field}"`).join(", ");
    result.push({
      ...token,
      kind: "symbol",
      text: `LATERAL (SELECT ${columns} FROM (SELECT unnest(${array}) AS athena_row) AS athena_each)`,
    });
    index = end;
  }
  return result;
}

function readUnnest(tokens: readonly SqlToken[], start: number, rowsOf: RowsOf) {
  if (tokens[start]?.kind !== "word" || tokens[start].text.toLowerCase() !== "unnest") return;
  const open = nextAt(tokens, start + 1);
  if (tokens[open]?.text !== "(") return;
  const end = closing(tokens, open);
  const array = joined(tokens.slice(open + 1, end)).trim();
  const [, column] = /^(?:[\w"]+\.)*"?(\w+)"?$/u.exec(array) ?? [];
  const fields = column === undefined ? [] : rowsOf(column.toLowerCase());
  return fields.length > 0 ? { array, fields, end } : undefined;
}

function checkAliases(tokens: readonly SqlToken[], start: number, available: number): void {
  let at = nextAt(tokens, start);
  if (tokens[at]?.text.toLowerCase() === "as") at = nextAt(tokens, at + 1);
  const alias = tokens[at];
  const open = nextAt(tokens, at + 1);
  if (!alias || tokens[open]?.text !== "(") return;
  const given = tokens
    .slice(open, closing(tokens, open))
    .filter(({ kind }) => kind === "word" || kind === "quoted").length;
  if (given === available) return;
  throw new QueryError(
    `MISMATCHED_COLUMN_ALIASES: line 1:${alias.at + 1}: Column alias list has ${given} entries but '${alias.text}' has ${available} columns available`,
  );
}

/** The next token that a grammar doesn't skip. */
function nextAt(tokens: readonly SqlToken[], start: number): number {
  let at = start;
  while (tokens[at]?.kind === "space" || tokens[at]?.kind === "comment") at += 1;
  return at;
}
