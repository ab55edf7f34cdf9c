import type { AthenaTable } from "./table.ts";

/** One place where a query reads a table, with what its WHERE says of that table's partitions. */
export type TableRead = {
  /** As written; absent where the query leaves them out. */
  catalog: string;
  database: string;
  name: string;
  alias: string;
  /** Parts of the WHERE, joined by AND, in DuckDB's tree. */
  conjuncts: Tree[];
};

export type Tree = { readonly [key: string]: unknown };

/** Every base table of a query in every position, with names of WITH queries told apart by scope. */
export function tablesRead(node: unknown): TableRead[] {
  const walk: Walk = { reads: [], seen: new Set() };
  visit(node, new Set(), walk);
  return walk.reads;
}

/** Table functions other than UNNEST: DuckDB has many that Athena doesn't know. */
export function tableFunctions(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(tableFunctions);
  if (!isTree(node)) return [];
  const here =
    node["type"] === "TABLE_FUNCTION" && isTree(node["function"])
      ? [String(node["function"]["function_name"])]
      : [];
  return [...here, ...Object.values(node).flatMap(tableFunctions)].filter((name) => name !== "unnest");
}

/** Which of the conjuncts speak of this table's partition columns only, so that they decide what is read. */
export function partitionConjuncts(read: TableRead, table: AthenaTable): Tree[] {
  const isPartition = (names: readonly string[]) => {
    const [column, qualifier] = names.toReversed().map((name) => name.toLowerCase());
    return (
      column !== undefined &&
      table.partitionColumns.includes(column) &&
      (qualifier === undefined || qualifier === (read.alias || read.name).toLowerCase())
    );
  };
  return read.conjuncts.filter((conjunct) => {
    const columns = columnRefs(conjunct);
    return columns !== "unclear" && columns.length > 0 && columns.every(isPartition);
  });
}

/** The same condition over the table alone: `t.day` becomes `day`. */
export function unqualified(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(unqualified);
  if (!isTree(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) =>
      key === "column_names" && Array.isArray(value) ? [key, value.slice(-1)] : [key, unqualified(value)],
    ),
  );
}

type Walk = { reads: TableRead[]; seen: Set<Tree> };

function visit(node: unknown, names: ReadonlySet<string>, walk: Walk): void {
  if (Array.isArray(node)) {
    for (const part of node) visit(part, names, walk);
    return;
  }
  if (!isTree(node)) return;
  const { cte_map: ctes, ...rest } = node;
  let visible = names;
  for (const { key, query } of withQueries(ctes)) {
    // A WITH query sees those before it; itself only when it recurs.
    const isRecursive = JSON.stringify(query).includes('"RECURSIVE_CTE_NODE"');
    visit(query, isRecursive ? new Set([...visible, key]) : visible, walk);
    visible = new Set([...visible, key]);
  }
  if (node["type"] === "SELECT_NODE") {
    const conjuncts = conjunctsOf(node["where_clause"]);
    for (const table of baseTables(node["from_table"])) note(table, conjuncts, visible, walk);
  }
  // A table in a place that isn't the FROM of a SELECT counts too, as read in full.
  if (node["type"] === "BASE_TABLE") note(node, [], visible, walk);
  for (const part of Object.values(rest)) visit(part, visible, walk);
}

function note(table: Tree, conjuncts: Tree[], visible: ReadonlySet<string>, { reads, seen }: Walk): void {
  if (seen.has(table)) return;
  seen.add(table);
  const name = String(table["table_name"]);
  const database = String(table["schema_name"]);
  if (database === "" && visible.has(name.toLowerCase())) return;
  reads.push({
    catalog: String(table["catalog_name"]),
    database,
    name,
    alias: String(table["alias"]),
    conjuncts,
  });
}

function withQueries(ctes: unknown): { key: string; query: unknown }[] {
  const map = isTree(ctes) && Array.isArray(ctes["map"]) ? (ctes["map"] as unknown[]) : [];
  return map.filter(isTree).map((entry) => ({
    key: String(entry["key"]).toLowerCase(),
    query: isTree(entry["value"]) ? entry["value"]["query"] : undefined,
  }));
}

/** Tables of one FROM, through joins but not into subqueries. */
function baseTables(from: unknown): Tree[] {
  if (!isTree(from)) return [];
  if (from["type"] === "BASE_TABLE") return [from];
  return from["type"] === "JOIN" ? [...baseTables(from["left"]), ...baseTables(from["right"])] : [];
}

function conjunctsOf(where: unknown): Tree[] {
  if (!isTree(where)) return [];
  if (where["type"] !== "CONJUNCTION_AND") return [where];
  return (where["children"] as unknown[]).flatMap(conjunctsOf);
}

function columnRefs(tree: unknown): string[][] | "unclear" {
  if (Array.isArray(tree)) {
    const refs = tree.map(columnRefs);
    return refs.includes("unclear") ? "unclear" : (refs as string[][][]).flat();
  }
  if (!isTree(tree)) return [];
  if (tree["class"] === "SUBQUERY") return "unclear";
  if (tree["class"] === "COLUMN_REF") return [tree["column_names"] as string[]];
  return columnRefs(Object.values(tree));
}

function isTree(node: unknown): node is Tree {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}
