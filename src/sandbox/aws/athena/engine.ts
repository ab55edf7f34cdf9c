import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { macros } from "./macros.ts";
import { resultOf, type QueryResult } from "./query-result.ts";
import { rowDdl, type AthenaTable } from "./table.ts";

/** The DuckDB that plays Trino; starts with its first use. */
export type Engine = AsyncDisposable & {
  /** DuckDB's tree of a SELECT, or where it stopped to understand. Needs no data. */
  parse: (sql: string) => Promise<ParsedSql>;
  /** Runs one SELECT with `database`, one of the catalogue's, as the current one; an abort interrupts DuckDB within milliseconds. */
  run: (sql: string, database: string, signal?: AbortSignal) => Promise<QueryResult>;
  /** The SQL text of a tree that `parse` gave or that was made from one. */
  unparse: (tree: unknown) => Promise<string>;
  /** Adds rows to a table; keys that the table lacks are dropped, columns that a row lacks are null. */
  append: (table: AthenaTable, rows: readonly object[]) => Promise<void>;
};

type ParsedSql =
  | { status: "parsed"; tree: SyntaxTree }
  | { status: "refused"; message: string; position: number };

export type SyntaxTree = { statements: { node: unknown }[] };

/** The catalogue's name in Athena; ignores case as Trino does. */
const catalog = "awsdatacatalog";

export function createEngine(tables: () => readonly AthenaTable[]): Engine {
  let opening: Promise<DuckDBInstance> | undefined;
  let loading: Promise<void> | undefined;

  async function connected<T>(
    use: (connection: DuckDBConnection) => Promise<T>,
    withData = false,
  ): Promise<T> {
    const instance = await (opening ??= open(tables()));
    if (withData) await (loading ??= load(instance, tables()));
    const connection = await instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  }

  return {
    parse: (sql) =>
      connected(async (connection) => {
        const answer = await connection.runAndReadAll("SELECT json_serialize_sql(CAST($1 AS VARCHAR))", [
          sql,
        ]);
        return readTree(String(answer.value(0, 0)));
      }),
    unparse: (tree) =>
      connected(async (connection) => {
        // Places "nowhere" are 2^64 - 1, which no JavaScript number can be; they mean nothing here.
        const text = JSON.stringify(tree, (key, value: unknown) => (key === "query_location" ? 0 : value));
        const answer = await connection.runAndReadAll("SELECT json_deserialize_sql(CAST($1 AS JSON))", [
          text,
        ]);
        return String(answer.value(0, 0));
      }),
    run: (sql, database, signal) =>
      connected(async (connection) => {
        await connection.run(`SET search_path = '${catalog}.${database},memory.main'`);
        signal?.throwIfAborted();
        using _interrupting = interruptOn(signal, connection);
        try {
          return resultOf(await connection.runAndReadAll(sql));
        } finally {
          signal?.throwIfAborted();
        }
      }, true),
    append: (table, rows) => connected((connection) => insert(connection, table, rows), true),
    [Symbol.asyncDispose]: async () => {
      const instance = await opening?.catch(() => undefined);
      await loading?.catch(() => undefined);
      instance?.closeSync();
    },
  };
}

/** Nothing that a query says can reach files, the network, extensions or settings. */
async function open(tables: readonly AthenaTable[]): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  const databases = new Set(tables.map((table) => table.database));
  for (const statement of [
    `ATTACH ':memory:' AS ${catalog}`,
    ...[...databases].map((database) => `CREATE SCHEMA ${catalog}.${database}`),
    ...tables.map(
      ({ database, name, columns }) => `CREATE TABLE ${catalog}.${database}.${name} (${rowDdl(columns)})`,
    ),
    ...macros.map((macro) => `CREATE MACRO memory.main.${macro}`),
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    // Trino's: 1 / 2 = 0, and days begin at UTC's midnight.
    "SET GLOBAL integer_division = true",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
  ]) {
    await connection.run(statement);
  }
  connection.closeSync();
  return instance;
}

/** Again and again, because an interrupt that comes before DuckDB's own start of the query is lost. */
function interruptOn(signal: AbortSignal | undefined, connection: DuckDBConnection): Disposable {
  let repeating: ReturnType<typeof setInterval> | undefined;
  const interrupt = () => {
    connection.interrupt();
    repeating = setInterval(() => connection.interrupt(), 20);
  };
  signal?.addEventListener("abort", interrupt);
  return {
    [Symbol.dispose]: () => {
      signal?.removeEventListener("abort", interrupt);
      clearInterval(repeating);
    },
  };
}

async function load(instance: DuckDBInstance, tables: readonly AthenaTable[]): Promise<void> {
  const connection = await instance.connect();
  for (const table of tables) await insert(connection, table, table.rows);
  connection.closeSync();
}

/** A few thousand rows travel as one JSON text; DuckDB reads that faster than cells one by one. */
const rowsPerInsert = 2_000;

async function insert(
  connection: DuckDBConnection,
  table: AthenaTable,
  rows: readonly object[],
): Promise<void> {
  const { database, name, columns } = table;
  const structure = JSON.stringify([columns]).replaceAll("'", "''");
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await connection.run(
      `INSERT INTO ${catalog}.${database}.${name} BY NAME
       SELECT each.* FROM (SELECT unnest(from_json(CAST($1 AS VARCHAR), '${structure}')) AS each)`,
      [JSON.stringify(rows.slice(start, start + rowsPerInsert))],
    );
  }
}

function readTree(json: string): ParsedSql {
  const tree = JSON.parse(json) as SyntaxTree & { error: boolean; error_message?: string; position?: string };
  return tree.error
    ? { status: "refused", message: tree.error_message ?? "", position: Number(tree.position ?? 0) }
    : { status: "parsed", tree };
}
