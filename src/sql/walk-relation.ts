import { constantPredicates } from "./partition-predicates.ts";
import { parseStatement } from "./parse-statement.ts";
import { readStatement } from "./read-query.ts";
import { SqlRefused } from "./refusal.ts";
import type { Scope, Source, TableName, TableUse } from "./scopes.ts";
import type { DeclaredTable } from "./sql-analysis.ts";
import { conjuncts } from "./syntax.ts";
import type { AliasedRelation, Join, Relation } from "./syntax.ts";
import { tokenize } from "./tokens.ts";
import { walkExpression } from "./walk-expression.ts";
import { walkQuery } from "./walk-query.ts";
import { placeIn } from "./walk.ts";
import type { Columns, Surroundings, Walk } from "./walk.ts";

/** Views that read views that read views … are a way to hide; nobody needs more levels. */
const maxViewDepth = 3;

/** Records what a relation reads and adds what it offers to the sources of its SELECT. */
export function walkRelation(walk: Walk, relation: Relation, sources: Source[], around: Surroundings): void {
  switch (relation.kind) {
    case "join":
      return walkJoin(walk, relation, sources, around);
    case "table":
      sources.push(tableSource(walk, relation, relation.path, around));
      return;
    case "subquery": {
      const scope = relation.lateral ? beside(sources, around) : around;
      sources.push(derivedSource(relation, walkQuery(walk, relation.query, scope)));
      return;
    }
    case "unnest":
      walk.cost.relations += 1;
      for (const one of relation.arguments) walkExpression(walk, one, beside(sources, around));
      sources.push(derivedSource(relation, "unknown"));
  }
}

/** What a LATERAL, an UNNEST or a join's condition sees: the relations to its left, then what surrounds the SELECT. */
function beside(sources: Source[], around: Surroundings): Surroundings {
  const scope: Scope = { sources: [...sources], ...(around.scope && { outer: around.scope }) };
  return { ...around, scope };
}

function walkJoin(walk: Walk, join: Join, sources: Source[], around: Surroundings): void {
  walk.cost.joins += 1;
  const start = sources.length;
  walkRelation(walk, join.left, sources, around);
  const middle = sources.length;
  walkRelation(walk, join.right, sources, around);
  const inJoin = beside(sources, around);
  for (const { place, column } of join.using) {
    for (const source of sources.slice(start)) {
      if (!source.table) continue;
      const missing = source.columns !== "unknown" && !source.columns.includes(column) ? [source.table] : [];
      const owners = missing.length === 0 ? [{ table: source.table, column }] : [];
      // A join of three tables shares the column with one of the two before it: only a declared one is meant.
      if (missing.length > 0 && sources.slice(start).some((other) => other.columns !== "unknown" && other.columns.includes(column))) continue;
      walk.columns.push({ place: placeIn(around, place), text: column, clause: "from", role: "expression", owners, missing });
    }
  }
  if (!join.on) return;
  walkExpression(walk, join.on, inJoin);
  // A condition on the preserved side of an outer join keeps its rows, so it restricts nothing there.
  if (join.join === "inner") constantPredicates(conjuncts(join.on), sources.slice(start));
  if (join.join === "left") constantPredicates(conjuncts(join.on), sources.slice(middle));
}

function tableSource(walk: Walk, relation: AliasedRelation, path: readonly string[], around: Surroundings): Source {
  const [bare = "", ...more] = path;
  const cte = more.length === 0 ? around.ctes.get(bare) : undefined;
  if (cte) {
    walk.cost.relations += Math.max(1, cte.cost.relations);
    walk.cost.joins += cte.cost.joins;
    return derivedSource({ ...relation, alias: relation.alias ?? bare }, cte.columns);
  }
  const name = fullName(walk, path, around);
  const place = placeIn(around, relation.place);
  const insideView = around.views.at(-1);
  const use: TableUse = { name, place, predicates: [], ...(insideView && { insideView }) };
  walk.tables.push(use);
  walk.cost.relations += 1;
  const declared = walk.options.declared(name);
  if (declared?.view !== undefined) return viewSource(walk, relation, use, declared.view, around);
  return declaredSource(walk, relation, use, declared, around);
}

function declaredSource(
  walk: Walk,
  relation: AliasedRelation,
  use: TableUse,
  declared: DeclaredTable | undefined,
  around: Surroundings,
): Source {
  if (relation.columnAliases) {
    // Renaming by position reaches every column without naming it: the same as a star.
    const text = `${use.name.table} (${relation.columnAliases.join(", ")})`;
    walk.stars.push({ place: placeIn(around, relation.place), text, table: use });
    return derivedSource({ ...relation, alias: relation.alias ?? use.name.table }, relation.columnAliases);
  }
  return { qualifiers: qualifiersOf(relation, use.name), columns: declared?.columns ?? "unknown", table: use };
}

function viewSource(walk: Walk, relation: AliasedRelation, use: TableUse, text: string, around: Surroundings): Source {
  const views = [...around.views, use.name];
  if (views.length > maxViewDepth)
    throw new SqlRefused("view", `views are nested deeper than ${maxViewDepth}: read the tables themselves`, use.place);
  const columns = walkQuery(walk, readStatement(parseStatement(tokenize(text))), {
    ctes: new Map(),
    lambdas: new Set(),
    clause: "from",
    views,
    viewPlace: use.place,
    defaultDatabase: use.name.database,
  });
  const source = derivedSource(relation, columns);
  return relation.alias === undefined ? { ...source, qualifiers: qualifiersOf(relation, use.name) } : source;
}

function derivedSource(relation: AliasedRelation, columns: Columns): Source {
  const { alias, columnAliases } = relation;
  return { qualifiers: alias === undefined ? [] : [[alias]], columns: columnAliases ?? columns };
}

/** An alias hides the table's own name. */
function qualifiersOf(relation: AliasedRelation, { catalog, database, table }: TableName): string[][] {
  if (relation.alias !== undefined) return [[relation.alias]];
  return [[table], [database, table], [catalog, database, table]];
}

function fullName(walk: Walk, path: readonly string[], around: Surroundings): TableName {
  return {
    catalog: path.at(-3) ?? walk.options.defaultCatalog,
    database: path.at(-2) ?? around.defaultDatabase,
    table: path.at(-1) ?? "",
  };
}
