import { constantPredicates, equalities } from "./partition-predicates.ts";
import { SqlRefused } from "./refusal.ts";
import type { Place } from "./refusal.ts";
import { sourcesNamed } from "./scopes.ts";
import type { ColumnOwner, Scope, Source } from "./scopes.ts";
import { conjuncts } from "./syntax.ts";
import type { Body, Expression, Query, Select, SelectItem } from "./syntax.ts";
import { walkExpression } from "./walk-expression.ts";
import { walkRelation } from "./walk-relation.ts";
import { placeIn } from "./walk.ts";
import type { Columns, Cte, Surroundings, Walk } from "./walk.ts";

/** Records what a query reads; returns the names of its result's columns. */
export function walkQuery(walk: Walk, query: Query, around: Surroundings): Columns {
  const inner = walkCtes(walk, query, around);
  const result = walkBody(walk, query.body, inner);
  walkOrder(walk, query.orderBy, result, inner);
  return result.columns;
}

/** The queries of WITH, each seeing those before it only; a use later costs what one evaluation costs. */
function walkCtes(walk: Walk, query: Query, around: Surroundings): Surroundings {
  const ctes = new Map<string, Cte>(around.ctes);
  for (const { name, columns: renamed, query: text } of query.ctes) {
    const before = { ...walk.cost };
    const columns = walkQuery(walk, text, { ...around, ctes: new Map(ctes) });
    const cost = { relations: walk.cost.relations - before.relations, joins: walk.cost.joins - before.joins };
    ctes.set(name, { columns: renamed ?? columns, cost });
    walk.cost = before;
  }
  return { ...around, ctes };
}

/** `scope` is what ORDER BY sees besides the result's columns; `madeOf` the table columns that those are made of. */
type Result = { columns: Columns; scope?: Scope; madeOf?: MadeOf };
type MadeOf = Map<string, ColumnOwner[]>;

function walkBody(walk: Walk, body: Body, around: Surroundings): Result {
  switch (body.kind) {
    case "select":
      return walkSelect(walk, body, around);
    case "nested":
      return { columns: walkQuery(walk, body.query, around) };
    case "set-operation": {
      const { columns } = walkBody(walk, body.left, around);
      walkBody(walk, body.right, around);
      return { columns };
    }
    case "values": {
      walk.cost.relations += 1;
      for (const row of body.rows) walkExpression(walk, row, { ...around, clause: "from" });
      const [row] = body.rows;
      const width = row?.kind === "composite" ? row.parts.length : 1;
      return { columns: Array.from({ length: width }, (_, index) => `_col${index}`) };
    }
  }
}

function walkSelect(walk: Walk, select: Select, around: Surroundings): Result {
  const sources: Source[] = [];
  const scope: Scope = { sources, ...(around.scope && { outer: around.scope }) };
  for (const relation of select.from) walkRelation(walk, relation, sources, { ...around, clause: "from" });
  // A comma joins as CROSS JOIN does.
  walk.cost.joins += Math.max(0, select.from.length - 1);
  const seen = { ...around, scope };
  const madeOf: MadeOf = new Map();
  const columns = select.items.map((item, index) =>
    walkItem(walk, item, index, { ...seen, clause: "select" }, madeOf),
  );
  if (select.where) {
    const conditions = conjuncts(select.where);
    for (const { name } of conditions.flatMap(equalities)) walk.roles.set(name, "equality");
    walkExpression(walk, select.where, { ...seen, clause: "where" });
    constantPredicates(conditions, sources);
  }
  for (const key of select.groupBy) walkExpression(walk, key, { ...seen, clause: "group" });
  if (select.having) walkExpression(walk, select.having, { ...seen, clause: "having" });
  for (const window of select.windows) walkExpression(walk, window, { ...seen, clause: "window" });
  return { columns: columns.includes("unknown") ? "unknown" : columns.flat(), scope, madeOf };
}

function walkItem(
  walk: Walk,
  item: SelectItem,
  index: number,
  around: Surroundings,
  madeOf: MadeOf,
): Columns {
  if (item.kind === "star") return walkStar(walk, item.place, item.qualifier, around);
  const before = walk.columns.length;
  walkExpression(walk, item.expression, around);
  const name = itemName(item, index);
  const owners = walk.columns.slice(before).flatMap((read) => read.owners);
  madeOf.set(name, [...(madeOf.get(name) ?? []), ...owners]);
  return [name];
}

/** The name of a result's column, as Trino gives it. */
function itemName(item: SelectItem & { kind: "expression" }, index: number): string {
  if (item.alias !== undefined) return item.alias;
  if (item.expression.kind === "name") return item.expression.path.at(-1) ?? "";
  if (item.expression.kind === "field") return item.expression.field;
  return `_col${index}`;
}

function walkStar(
  walk: Walk,
  place: Place,
  qualifier: readonly string[] | undefined,
  around: Surroundings,
): Columns {
  const sources = qualifier ? sourcesNamed(qualifier, around.scope) : (around.scope?.sources ?? []);
  if (sources.length === 0) {
    const what = qualifier ? `${qualifier.join(".")}.*` : "*";
    throw new SqlRefused(
      "not-supported",
      `${what} names no table of this query: name the columns`,
      placeIn(around, place),
    );
  }
  const text = qualifier ? `${qualifier.join(".")}.*` : "*";
  for (const { table } of sources) if (table) walk.stars.push({ place: placeIn(around, place), text, table });
  const columns = sources.map((source) => source.columns);
  return columns.includes("unknown") ? "unknown" : columns.flat();
}

/**
 * A bare name that the result has is the result's column. Inside an expression, at any depth, Trino looks there first
 * too; it counts as reading what the column is made of, and as a table's own column of that name.
 */
function walkOrder(
  walk: Walk,
  keys: readonly Expression[],
  { columns, scope, madeOf }: Result,
  around: Surroundings,
): void {
  const outer = scope ?? around.scope;
  const result: Source = { qualifiers: [], columns, ...(madeOf && { madeOf }) };
  const seen: Scope = { sources: [result], ...(outer && { outer }) };
  for (const key of keys) {
    const [name, field] = key.kind === "name" ? key.path : [];
    if (name !== undefined && field === undefined && columns !== "unknown" && columns.includes(name))
      continue;
    walkExpression(walk, key, { ...around, scope: seen, clause: "order" });
  }
}
