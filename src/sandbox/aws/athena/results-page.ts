import type { AthenaRequest } from "./athena-requests.ts";
import type { Execution } from "./execution.ts";
import { invalidRequest } from "./wording.ts";

const resultsLiveMs = 24 * 60 * 60 * 1000;

/**
 * What GetQueryResults answers: the header is the first row of the first page and counts as one of MaxResults.
 * Every cell is text; a NULL has no `VarCharValue`. Managed results are gone after 24 hours.
 */
export function resultsPage(execution: Execution, request: AthenaRequest<"GetQueryResults">, now: Date) {
  const { result, state, completedAt, workGroup } = execution;
  if (state === "QUEUED" || state === "RUNNING") {
    throw invalidRequest(`Query has not yet finished. Current state: ${state}`, "QUERY_NOT_FINISHED");
  }
  if (!result) {
    throw invalidRequest(`Query did not finish successfully. Final query state: ${state}`, "QUERY_FAILED");
  }
  if (workGroup.managedResults && completedAt && now.getTime() - completedAt.getTime() >= resultsLiveMs) {
    throw invalidRequest(`Query results for ${execution.id} have expired`, "RESULTS_EXPIRED");
  }
  const start = request.NextToken === undefined ? 0 : readToken(request.NextToken, execution.id);
  const end = start + (request.MaxResults ?? 1000);
  const rows = [result.columns.map(({ name }) => name), ...result.rows];
  return {
    UpdateCount: 0,
    ResultSet: {
      Rows: rows.slice(start, end).map((cells) => ({
        Data: cells.map((cell) => (cell === undefined ? {} : { VarCharValue: cell })),
      })),
      ResultSetMetadata: { ColumnInfo: result.columns.map(columnInfo) },
    },
    ...(end < rows.length && { NextToken: writeToken(end, execution.id) }),
  };
}

function columnInfo({ name, type }: { name: string; type: string }) {
  return {
    CatalogName: "hive",
    SchemaName: "",
    TableName: "",
    Name: name,
    Label: name,
    Type: type,
    Precision: type === "varchar" ? 2_147_483_647 : type === "bigint" ? 19 : 0,
    Scale: 0,
    Nullable: "UNKNOWN",
    CaseSensitive: type === "varchar",
  };
}

function writeToken(at: number, id: string): string {
  return Buffer.from(JSON.stringify({ at, id })).toString("base64url");
}

function readToken(token: string, id: string): number {
  try {
    const read = JSON.parse(Buffer.from(token, "base64url").toString()) as { at?: unknown; id?: unknown };
    if (read.id === id && typeof read.at === "number") return read.at;
  } catch {
    // falls through: not one of ours
  }
  throw invalidRequest("Invalid NextToken", "INVALID_NEXT_TOKEN");
}
