import { type AthenaClient, GetQueryResultsCommand, type Row as AthenaRow } from "@aws-sdk/client-athena";
import type { Limits, OutputColumn } from "../runbook/plan.ts";
import type { Execution, Row } from "../workflow/ports.ts";

type Cap = NonNullable<(Execution & { status: "succeeded" })["truncatedBy"]>;

export type Results =
  | { status: "read"; rows: Row[]; pages: number; truncatedBy?: Cap }
  | { status: "columns-differ" };

/** API Reference, GetQueryResults, `MaxResults`; the header counts as one. */
const PAGE_ROWS = 1000;
/** Longer cells are cut and say so: nobody reads more in a table, and one cell must not use up what all may. */
const MAX_CELL_BYTES = 32_768;

/**
 * The rows of a query that succeeded, page by page, until the end or the first cap. Athena's columns must be the
 * declared ones in their order; every cell is text, and a NULL has no key in its row.
 */
export async function readResults(
  current: () => Promise<AthenaClient>,
  queryExecutionId: string,
  plan: { limits: Limits; output: { columns: readonly OutputColumn[] } },
  signal: AbortSignal,
  onPage: (soFar: { pages: number; rows: number }) => void,
): Promise<Results> {
  const { columns } = plan.output;
  const taken = takeRows(columns, plan.limits);
  for (let pages = 1, next: string | undefined; ; pages++) {
    signal.throwIfAborted();
    const client = await current();
    const { ResultSet, NextToken } = await client.send(
      new GetQueryResultsCommand({
        QueryExecutionId: queryExecutionId,
        MaxResults: PAGE_ROWS,
        NextToken: next,
      }),
      { abortSignal: signal },
    );
    const names = ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name = "" }) => Name) ?? [];
    if (!sameNames(names, columns)) return { status: "columns-differ" };
    const page = ResultSet?.Rows ?? [];
    const header = pages === 1 && page[0] !== undefined && isHeader(page[0], names);
    taken.add(header ? page.slice(1) : page);
    onPage({ pages, rows: taken.rows.length });
    if (NextToken !== undefined && !taken.full && pages >= plan.limits.maxPages)
      taken.truncatedBy ??= "maxPages";
    const { rows, truncatedBy } = taken;
    if (NextToken === undefined || taken.full || pages >= plan.limits.maxPages)
      return { status: "read", rows, pages, ...(truncatedBy ? { truncatedBy } : {}) };
    next = NextToken;
  }
}

function takeRows(columns: readonly OutputColumn[], limits: Limits) {
  let bytes = 0;
  return {
    rows: [] as Row[],
    full: false,
    truncatedBy: undefined as Cap | undefined,
    add(page: readonly AthenaRow[]): void {
      for (const { Data = [] } of page) {
        const cells = columns.map(({ name }, index) => [name, cellText(Data[index]?.VarCharValue)] as const);
        const given = cells.flatMap(([name, cell]) => (cell === undefined ? [] : [[name, cell] as const]));
        const size = given.reduce((sum, [, { text }]) => sum + Buffer.byteLength(text), 0);
        const cap =
          this.rows.length >= limits.maxRows
            ? "maxRows"
            : bytes + size > limits.maxBytes
              ? "maxBytes"
              : undefined;
        if (cap) {
          this.full = true;
          this.truncatedBy = cap;
          return;
        }
        bytes += size;
        if (given.some(([, { cut }]) => cut)) this.truncatedBy = "maxBytes";
        this.rows.push(Object.fromEntries(given.map(([name, { text }]) => [name, text])));
      }
    },
  };
}

function cellText(value: string | undefined): { text: string; cut: boolean } | undefined {
  if (value === undefined) return undefined;
  const text = value.toWellFormed();
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_CELL_BYTES) return { text, cut: false };
  // The last character may have been cut in its middle.
  const start = bytes
    .subarray(0, MAX_CELL_BYTES)
    .toString()
    .replace(/\uFFFD$/u, "");
  return { text: `${start}… [cut here; ${bytes.length} bytes in all]`, cut: true };
}

/** Athena answers column names in lower case. */
function sameNames(names: readonly string[], columns: readonly OutputColumn[]): boolean {
  return (
    names.length === columns.length &&
    names.every((name, index) => name.toLowerCase() === columns[index]?.name.toLowerCase())
  );
}

function isHeader({ Data = [] }: AthenaRow, names: readonly string[]): boolean {
  return (
    Data.length === names.length && Data.every(({ VarCharValue }, index) => VarCharValue === names[index])
  );
}
