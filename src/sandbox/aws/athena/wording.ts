import { AwsError } from "../aws-error.ts";
import { QueryError } from "./query-error.ts";
import { lineAndColumn, sqlTokens } from "./sql-tokens.ts";

/** Athena's InvalidRequestException; `AthenaErrorCode` as the API Reference names them. */
export function invalidRequest(message: string, code = "INVALID_INPUT"): AwsError {
  return new AwsError("InvalidRequestException", message, {
    body: { __type: "InvalidRequestException", AthenaErrorCode: code, Message: message },
  });
}

export function tooManyQueries(): AwsError {
  const message =
    "You have exceeded the limit for the number of queries you can run concurrently. Please reduce the number of concurrent queries submitted by this account.";
  return new AwsError("TooManyRequestsException", message, {
    body: { __type: "TooManyRequestsException", Reason: "CONCURRENT_QUERY_LIMIT_EXCEEDED", Message: message },
  });
}

export function noTable(sql: string, database: string, name: string): QueryError {
  return new QueryError(
    `TABLE_NOT_FOUND: ${whereIs(sql, name)}: Table 'awsdatacatalog.${database.toLowerCase()}.${name.toLowerCase()}' does not exist`,
  );
}

export function noDatabase(sql: string, database: string): QueryError {
  return new QueryError(
    `SCHEMA_NOT_FOUND: ${whereIs(sql, database)}: Schema '${database.toLowerCase()}' does not exist`,
  );
}

export function noFunction(sql: string, name: string): QueryError {
  return new QueryError(
    `FUNCTION_NOT_FOUND: ${whereIs(sql, name)}: Function '${name.toLowerCase()}' not registered`,
  );
}

export function malformed(sql: string, position: number): AwsError {
  const token = sqlTokens(sql).find(({ at, text, kind }) => kind !== "space" && at + text.length > position);
  const input = token ? `'${token.text}'` : "'<EOF>'";
  return invalidRequest(`${lineAndColumn(sql, position)}: mismatched input ${input}`, "MALFORMED_QUERY");
}

/** DuckDB's complaint in Trino's words; what isn't known stays in DuckDB's. */
export function queryError(sql: string, error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  const [said = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  for (const [pattern, word] of wordings) {
    const match = pattern.exec(said);
    if (match) return word(sql, match[1] ?? "", said);
  }
  return new QueryError(`GENERIC_INTERNAL_ERROR: ${said}`, { category: 1, type: 100, retryable: false });
}

type Wording = (sql: string, name: string, said: string) => QueryError;

const noColumn: Wording = (sql, name) =>
  new QueryError(
    `COLUMN_NOT_FOUND: ${whereIs(sql, name)}: Column '${name}' cannot be resolved or requester is not authorized to access requested resources`,
  );

const wordings: [RegExp, Wording][] = [
  [/Referenced column "([^"]+)" (?:not found|was not found)/u, noColumn],
  [/does not have a column named "([^"]+)"/u, noColumn],
  [/Could not find key "([^"]+)" in struct/u, noColumn],
  [/Referenced table "([^"]+)" not found/u, noColumn],
  [/(?:Function|Macro) with name "?(\w+)"? does not exist/u, (sql, name) => noFunction(sql, name)],
  [
    /column "?([^" ]+)"? must appear in the GROUP BY clause/u,
    (sql, name) =>
      new QueryError(
        `EXPRESSION_NOT_AGGREGATE: ${whereIs(sql, name)}: '${name}' must be an aggregate expression or appear in GROUP BY clause`,
      ),
  ],
  [/^Conversion Error: (.*)/u, (_sql, said) => new QueryError(`INVALID_CAST_ARGUMENT: ${said}`)],
  [
    /^(?:Invalid Input|Out of Range) Error: (.*)/u,
    (_sql, said) => new QueryError(`INVALID_FUNCTION_ARGUMENT: ${said}`),
  ],
  [/^Out of Memory Error/u, () => exhausted()],
  [/^Binder Error: (.*)/u, (_sql, said) => new QueryError(`TYPE_MISMATCH: line 1:1: ${said}`)],
  [/^Parser Error: (.*)/u, (_sql, said) => new QueryError(`SYNTAX_ERROR: line 1:1: ${said}`)],
];

export function exhausted(): QueryError {
  return new QueryError("Query exhausted resources at this scale factor", { type: 1, retryable: false });
}

/** Where a name stands in what the client sent; the start when it isn't there. */
function whereIs(sql: string, name: string): string {
  const wanted = name.toLowerCase();
  const token = sqlTokens(sql).find(
    ({ kind, text }) =>
      (kind === "word" || kind === "quoted") && text.replaceAll('"', "").toLowerCase() === wanted,
  );
  return lineAndColumn(sql, token?.at ?? 0);
}
