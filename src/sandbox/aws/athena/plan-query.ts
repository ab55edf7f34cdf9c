import { bindParameters } from "./bind-parameters.ts";
import type { Engine, SyntaxTree } from "./engine.ts";
import type { Forward } from "./forwarded-access.ts";
import { QueryError } from "./query-error.ts";
import { type StoredObject, touchedObjects } from "./touched-objects.ts";
import { statementKind, type StatementKind } from "./statement-kind.ts";
import { type AthenaTable, arrayRowFields } from "./table.ts";
import { tableFunctions, tablesRead, type TableRead } from "./tables-read.ts";
import { translate } from "./translate.ts";
import { noDatabase, noFunction, noTable, queryError } from "./wording.ts";

export type QueryPlan = {
  kind: Exclude<StatementKind["kind"], "other">;
  validate: boolean;
  /** What DuckDB runs, and with which of its databases as the current one. */
  sql: string;
  database: string;
  /** `_col0` … where an expression has no name; unknown when a star is among the columns. */
  columnNames?: (string | undefined)[];
  /** What is read from S3, in order. */
  objects: StoredObject[];
};

/**
 * What Athena does before it reads anything: binds parameters, looks tables up in Glue as the caller, and finds
 * the objects that the partition predicates leave.
 */
export async function planQuery(
  query: { sql: string; parameters: readonly string[]; catalog: string; database: string },
  deps: {
    engine: Engine;
    tables: readonly AthenaTable[];
    forward: Forward;
    glueArn: (path: string) => string;
    now: Date;
  },
): Promise<QueryPlan> {
  const { engine, tables, forward } = deps;
  const bound = bindParameters(query.sql, query.parameters);
  const statement = statementKind(bound);
  if (statement.kind === "other") return refuseOther(statement, query.database, deps);

  const rowsOf = (column: string) =>
    tables.map((table) => arrayRowFields(table.columns[column])).find((fields) => fields.length > 0) ?? [];
  const sql = translate(statement.sql, rowsOf, deps.now);
  const parsed = await engine.parse(sql);
  if (parsed.status === "refused") throw queryError(query.sql, new Error(`Parser Error: ${parsed.message}`));
  const [unknownFunction] = tableFunctions(parsed.tree.statements);
  if (unknownFunction !== undefined) throw noFunction(query.sql, unknownFunction);

  const reads = tablesRead(parsed.tree.statements).map((read) => ({
    read,
    table: lookUp(read, query, deps),
  }));
  const database = currentDatabase(query.database, tables);
  // Columns, functions and types, before anything is read.
  await engine.run(`EXPLAIN ${sql}`, database);

  const objects: StoredObject[] = [];
  for (const { read, table } of statement.kind === "explain" ? [] : reads) {
    forward({
      service: "s3",
      operation: "GetBucketLocation",
      resources: [`arn:aws:s3:::${table.bucket}`],
      request: { bucketName: table.bucket },
    });
    objects.push(...(await touchedObjects(read, table, engine)));
  }
  const names = columnNames(parsed.tree);
  return {
    kind: statement.kind,
    validate: statement.kind === "explain" && statement.validate,
    sql,
    database,
    ...(names && { columnNames: names }),
    // Two reads of one object in one query are one read of S3 for the price, and one here.
    objects: [...new Map(objects.map((object) => [`${object.bucket}/${object.key}`, object])).values()],
  };
}

/** A database that isn't there is no mistake as long as every table has its own. */
function currentDatabase(named: string, tables: readonly AthenaTable[]): string {
  const database = named.toLowerCase();
  return tables.some((table) => table.database === database) ? database : "main";
}

function lookUp(
  read: TableRead,
  query: { sql: string; catalog: string; database: string },
  deps: Pick<Parameters<typeof planQuery>[1], "tables" | "forward" | "glueArn">,
): AthenaTable {
  const database = (read.database || query.database).toLowerCase();
  const name = read.name.toLowerCase();
  const catalog = (read.catalog || query.catalog).toLowerCase();
  if (catalog !== "awsdatacatalog") {
    throw new QueryError(`CATALOG_NOT_FOUND: line 1:1: Catalog '${catalog}' not found`);
  }
  const ancestors = [deps.glueArn("catalog"), deps.glueArn(`database/${database}`)];
  deps.forward({
    service: "glue",
    operation: "GetDatabase",
    resources: ancestors,
    request: { name: database },
  });
  deps.forward({
    service: "glue",
    operation: "GetTable",
    resources: [...ancestors, deps.glueArn(`table/${database}/${name}`)],
    request: { databaseName: database, name },
  });
  const inDatabase = deps.tables.filter((table) => table.database === database);
  if (inDatabase.length === 0) throw noDatabase(query.sql, database);
  const table = inDatabase.find((candidate) => candidate.name === name);
  if (!table) throw noTable(query.sql, database, name);
  return table;
}

function refuseOther(
  { word, needs }: Extract<StatementKind, { kind: "other" }>,
  database: string,
  { forward, glueArn }: Pick<Parameters<typeof planQuery>[1], "forward" | "glueArn">,
): never {
  forward({
    ...needs,
    resources: needs.service === "glue" ? [glueArn("catalog"), glueArn(`database/${database}`)] : ["*"],
    request: { statement: word },
  });
  throw new QueryError(`NOT_SUPPORTED: The sandbox's Athena runs SELECT and EXPLAIN only, not ${word}`);
}

/** Trino numbers expressions without a name by their place. */
function columnNames(tree: SyntaxTree): (string | undefined)[] | undefined {
  let node = tree.statements[0]?.node as Record<string, unknown> | undefined;
  while (node?.["type"] === "SET_OPERATION_NODE") node = leftmost(node);
  const columns = node?.["select_list"] as { class: string; alias: string }[] | undefined;
  if (!columns || columns.some((column) => column.class === "STAR")) return undefined;
  return columns.map((column, index) =>
    column.alias === "" && column.class !== "COLUMN_REF" ? `_col${index}` : undefined,
  );
}

function leftmost(node: Record<string, unknown>): Record<string, unknown> | undefined {
  const children = node["children"] as Record<string, unknown>[] | undefined;
  return (node["left"] as Record<string, unknown> | undefined) ?? children?.[0];
}
