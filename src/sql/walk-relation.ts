import { unnestOfNothing } from "./out-of-nothing.ts";
import { constantPredicates } from "./partition-predicates.ts";
import { readStatement } from "./read-query.ts";
import { SqlRefused } from "./refusal.ts";
import type { Scope, Source, TableName, TableUse } from "./scopes.ts";
import type { ColumnRead } from "./sql-analysis.ts";
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
      for (const one of relation.arguments) {
        walk.fromNothing.push(...unnestOfNothing(one, placeIn(around, one.place)));
        walkExpression(walk, one, beside(sources, around));
      }
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
    for (const side of [sources.slice(start, middle), sources.slice(middle)]) {
      const shared = {
        place: placeIn(around, place),
        text: column,
        clause: "from",
        role: "expression",
      } as const;
      walk.columns.push({ ...shared, ...sharedColumn(column, side) });
    }
  }
  if (!join.on) return;
  walkExpression(walk, join.on, inJoin);
  // A condition on the preserved side of an outer join keeps its rows, so it restricts nothing there.
  if (join.join === "inner") constantPredicates(conjuncts(join.on), sources.slice(start));
  if (join.join === "left") constantPredicates(conjuncts(join.on), sources.slice(middle));
}

/** Whose column `USING (column)` is on one side of a join; each side must have it. */
function sharedColumn(column: string, side: readonly Source[]): Pick<ColumnRead, "owners" | "missing"> {
  const having = side.filter(({ columns }) => columns === "unknown" || columns.includes(column));
  const owners = having.flatMap(({ table }) => (table ? [{ table, column }] : []));
  return { owners, missing: having.length > 0 ? [] : side.flatMap(({ table }) => table ?? []) };
}

function tableSource(
  walk: Walk,
  relation: AliasedRelation,
  path: readonly string[],
  around: Surroundings,
): Source {
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
  const text = declared?.view;
  const columns =
    text === undefined ? (declared?.columns ?? "unknown") : viewColumns(walk, use, text, around);
  return namedSource(walk, relation, use, columns, around);
}

function namedSource(
  walk: Walk,
  relation: AliasedRelation,
  use: TableUse,
  columns: Columns,
  around: Surroundings,
): Source {
  if (!relation.columnAliases) return { qualifiers: qualifiersOf(relation, use.name), columns, table: use };
  // Renaming by position reaches every column without naming it: the same as a star.
  const text = `${use.name.table} (${relation.columnAliases.join(", ")})`;
  walk.stars.push({ place: placeIn(around, relation.place), text, table: use });
  return derivedSource({ ...relation, alias: relation.alias ?? use.name.table }, relation.columnAliases);
}

/** The columns of a view's text; what the text reads is recorded at the view's mention. */
function viewColumns(walk: Walk, use: TableUse, text: string, around: Surroundings): Columns {
  const views = [...around.views, use.name];
  if (views.length > maxViewDepth)
    throw new SqlRefused(
      "view",
      `views are nested deeper than ${maxViewDepth}: read the tables themselves`,
      use.place,
    );
  const parameters = walk.parameters.length;
  const columns = walkQuery(walk, readStatement(tokenize(text)), {
    ctes: new Map(),
    lambdas: new Set(),
    clause: "from",
    views,
    viewPlace: use.place,
    defaultDatabase: use.name.database,
  });
  if (walk.parameters.length > parameters)
    throw new SqlRefused(
      "view",
      `the declared text of ${use.name.table} has parameters: a view has none`,
      use.place,
    );
  return columns;
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
