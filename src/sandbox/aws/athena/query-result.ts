import type { DuckDBResultReader, DuckDBType } from "@duckdb/node-api";
import { cellText } from "./cell-text.ts";

export type QueryResult = {
  columns: { name: string; type: string }[];
  /** Text as Athena writes it; undefined is NULL. */
  rows: (string | undefined)[][];
};

export function resultOf(reader: DuckDBResultReader): QueryResult {
  const types = reader.columnTypes();
  return {
    // Trino folds names to lower case.
    columns: reader.columnNames().map((name, index) => ({
      name: name.toLowerCase(),
      type: typeName(types[index]),
    })),
    rows: reader.getRows().map((row) => row.map((value, index) => cellText(value, types[index]))),
  };
}

/** The name in `ColumnInfo.Type`. */
function typeName(type: DuckDBType | undefined): string {
  const text = String(type);
  if (text.endsWith("[]")) return "array";
  const [head = ""] = text.split("(");
  return typeNames[head] ?? head.toLowerCase();
}

const typeNames: Record<string, string> = {
  STRUCT: "row",
  HUGEINT: "bigint",
  UBIGINT: "bigint",
  "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
  TIMESTAMP_NS: "timestamp",
  FLOAT: "real",
  BLOB: "varbinary",
  '"NULL"': "unknown",
  SQLNULL: "unknown",
};
