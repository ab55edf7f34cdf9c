import type { DayFormat } from "./calendar.ts";
import type { TableName } from "./scopes.ts";

/** What SQL may say about a data source: plain data, from `datasources.yml`, narrowed by a runbook. */
export type Guardrails = {
  /** What unqualified names belong to; lower case. */
  defaultCatalog: string;
  defaultDatabase: string;
  /** Every table that may be read; its key is free, its `name` is what counts. */
  tables: readonly TableGuardrail[];
  /** Functions that may be called, in lower case; special forms such as `extract` too. */
  functions: readonly string[];
  limit: LimitGuardrail;
  /** Tables, sub-queries, UNNESTs; a CTE counts each time it is used. */
  maxRelations: number;
  maxJoins: number;
  /** What one run may scan; enforced by Athena's workgroup and by the executor, shown to approvers. */
  maxScanBytes: number;
};

export type TableGuardrail = {
  catalog: string;
  database: string;
  table: string;
  /** All columns of the table that are known; any other is refused. */
  columns: Readonly<Record<string, ColumnGuardrail>>;
  /** `allowed` says that `columns` is complete; a table with a masked or denied column has no stars all the same. */
  stars: "refused" | "allowed";
  /** Each must be bounded by every mention of the table. */
  partitions: readonly PartitionGuardrail[];
  /** Present for a view: its text, analysed in the place of its name. */
  view?: string;
};

export type ColumnGuardrail = {
  classification: "public" | "internal" | "confidential" | "pii";
  /**
   * `masked`: only as a plain column of the result, which the executor masks; in an expression it would leak what the
   * mask hides. `denied`: nowhere.
   */
  use: "free" | "masked" | "denied";
  /** A masked column that may also be compared with constants by `=` or IN. */
  filterable?: boolean;
};

export type PartitionGuardrail =
  | {
      kind: "day";
      column: string;
      /** `date` for a column of type DATE. */
      format: DayFormat | "date";
      maxRangeDays: number;
      /** `until-now`: a range without end is one that ends today, as in a table whose partitions are projected. */
      openEnd: "refused" | "until-now";
    }
  | {
      kind: "value";
      column: string;
      /** How many different values one query may name. */
      maxValues: number;
      /** The values that may be named; absent: any. */
      values?: readonly string[];
    };

type LimitGuardrail = {
  max: number;
  /** A query without LIMIT gets `LIMIT max`, or is refused. */
  whenAbsent: "add" | "refuse";
};

/** The guardrail of a table, found by all parts of its name. */
export function guardrailOf({ tables }: Guardrails, name: TableName): TableGuardrail | undefined {
  return tables.find(
    ({ catalog, database, table }) =>
      catalog === name.catalog && database === name.database && table === name.table,
  );
}
