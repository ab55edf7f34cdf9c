import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  type StartQueryExecutionInput,
} from "@aws-sdk/client-athena";
import type { AwsKeys } from "../../../src/sandbox/aws/identities.ts";
import type { AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";

/** The official client, without retries: each test sees the peer's first answer. It goes by the peer's clock. */
export function athenaOf(
  aws: AwsPeer,
  credentials: AwsKeys & { sessionToken?: string } = aws.operator,
): AthenaClient {
  return new AthenaClient({
    endpoint: aws.url,
    region: aws.region,
    credentials,
    maxAttempts: 1,
    systemClockOffset: clockOffset(aws),
  });
}

/** For a client of a peer whose machine's clock is not ours. */
export function clockOffset(aws: AwsPeer): number {
  return aws.clock.now().getTime() - aws.clock.offsetMs() - Date.now();
}

export async function start(
  athena: AthenaClient,
  sql: string,
  more: Partial<StartQueryExecutionInput> = {},
): Promise<string> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: "jit-cloudtrail",
      QueryExecutionContext: { Database: "audit", Catalog: "AwsDataCatalog" },
      ...more,
    }),
  );
  return QueryExecutionId ?? "";
}

export async function execution(athena: AthenaClient, id: string): Promise<QueryExecution> {
  const { QueryExecution: found } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
  if (!found) throw new Error(`GetQueryExecution of ${id} gave nothing.`);
  return found;
}

/** Asks until the query is in one of these states; fails after five seconds with what it was in. */
export async function until(athena: AthenaClient, id: string, ...states: string[]): Promise<QueryExecution> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const found = await execution(athena, id);
    if (states.includes(found.Status?.State ?? "")) return found;
    if (Date.now() > deadline)
      throw new Error(`Still ${found.Status?.State}: ${found.Status?.StateChangeReason}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function ended(athena: AthenaClient, id: string): Promise<QueryExecution> {
  return until(athena, id, "SUCCEEDED", "FAILED", "CANCELLED");
}

export type Row = Record<string, string | undefined>;

/** All rows by column name, the header checked and left out. */
export async function rowsOf(
  athena: AthenaClient,
  sql: string,
  more: Partial<StartQueryExecutionInput> = {},
): Promise<Row[]> {
  const id = await start(athena, sql, more);
  const { Status } = await ended(athena, id);
  if (Status?.State !== "SUCCEEDED") throw new Error(`${Status?.State}: ${Status?.StateChangeReason}`);
  const cells: (string | undefined)[][] = [];
  let names: string[] = [];
  for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: next }));
    names = page.ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name }) => Name ?? "") ?? [];
    cells.push(
      ...(page.ResultSet?.Rows ?? []).map(({ Data }) => Data?.map(({ VarCharValue }) => VarCharValue) ?? []),
    );
    next = page.NextToken;
  }
  const [header, ...rows] = cells;
  if (header?.join() !== names.join()) throw new Error(`The first row is no header: ${header?.join()}`);
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}
