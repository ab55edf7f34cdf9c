/** A column's type: a DuckDB scalar, `{field: type}` for a row, `[type]` for an array. */
export type ColumnType =
  | "VARCHAR"
  | "INTEGER"
  | "BIGINT"
  | "DOUBLE"
  | "TIMESTAMP"
  | "DATE"
  | RowType
  | [ColumnType];
export type RowType = { readonly [field: string]: ColumnType };

/** One table of the local Glue catalogue with its data: what `GetTable` would say, and what lies in S3. */
export type AthenaTable = {
  database: string;
  name: string;
  /** All columns in order, partition columns last, lower case as Glue keeps them. */
  columns: RowType;
  partitionColumns: readonly string[];
  /** Bucket name. */
  bucket: string;
  /** Where one partition's objects lie, e.g. `AWSLogs/${account}/`; `${…}` names a partition column. */
  prefix: string;
  /** What one row weighs when a query reads its partition: the sandbox's rows stand for far bigger logs. */
  bytesPerRow: number;
  rows: readonly object[];
};

/** `STRUCT("arn" VARCHAR)[]` and the like, as DuckDB declares it. */
function columnDdl(type: ColumnType): string {
  if (typeof type === "string") return type;
  if (isArray(type)) return `${columnDdl(type[0])}[]`;
  return `STRUCT(${rowDdl(type)})`;
}

/** `"name" TYPE, "name" TYPE …`, for a table or a struct. */
export function rowDdl(row: RowType): string {
  return Object.entries(row)
    .map(([name, type]) => `"${name}" ${columnDdl(type)}`)
    .join(", ");
}

/** Fields of the rows in an array(row) column; none for any other column. */
export function arrayRowFields(type: ColumnType | undefined): string[] {
  if (type === undefined || !isArray(type)) return [];
  const [element] = type;
  return typeof element === "string" || isArray(element) ? [] : Object.keys(element);
}

function isArray(type: ColumnType): type is [ColumnType] {
  return Array.isArray(type);
}
