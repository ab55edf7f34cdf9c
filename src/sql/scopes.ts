import type { Place } from "./refusal.ts";
import type { Expression } from "./syntax.ts";

/** A table's full name; the parts are lower-case. Compared part by part, never as a joined text. */
export type TableName = { catalog: string; database: string; table: string };

/** One mention of a table or view in FROM. */
export type TableUse = {
  name: TableName;
  place: Place;
  /** The view inside whose declared text it is mentioned. */
  insideView?: TableName;
  /** Conditions on its own columns that every row must meet, with constant right sides. */
  predicates: ConstantPredicate[];
};

/** `column operator value`, ANDed with everything else; `in` has many values, `between` two. */
export type ConstantPredicate = {
  column: string;
  operator: "=" | "<" | "<=" | ">" | ">=" | "between" | "in";
  values: readonly Expression[];
  place: Place;
};

/** Something in FROM that columns can come from. */
export type Source = {
  /** The dotted names before a column that mean this source, each as its parts. */
  qualifiers: readonly (readonly string[])[];
  /** `unknown`: an undeclared table, or UNNEST without column names. */
  columns: readonly string[] | "unknown";
  /** Present when the columns are a table's own; absent for CTEs, sub-queries, UNNEST, views. */
  table?: TableUse;
  /** What columns of a result are made of, by name: an ORDER BY that says the name reads those. */
  madeOf?: ReadonlyMap<string, readonly ColumnOwner[]>;
};

/** The sources of one SELECT, and what a correlated sub-query can see beyond them. */
export type Scope = { sources: Source[]; outer?: Scope };

export type ColumnOwner = { table: TableUse; column: string };

/**
 * What a dotted name may mean: `owners` are the table columns it is or could be; `missing` are tables whose undeclared
 * columns it might mean; `found` is false when nothing in sight has such a column. Doubt always adds an owner.
 */
export type Resolution = { owners: ColumnOwner[]; missing: TableUse[]; found: boolean };

/**
 * Resolves a name as Trino does: with the longest prefix that names a relation, innermost SELECT first, then as a
 * column with fields of a row behind it. Declarations may lag behind the real tables, so a column that an outer SELECT
 * declares counts as read too, and a name that an inner table does not declare is not looked for further out.
 *
 * @param lambdas names bound by an enclosing lambda; undefined is returned when the name is one of them. A dotted one
 *   is tried as a column first, as Trino does.
 */
export function resolveName(
  path: readonly string[],
  scope: Scope | undefined,
  lambdas: ReadonlySet<string>,
): Resolution | undefined {
  const isLambda = lambdas.has(path[0] ?? "");
  if (isLambda && path.length === 1) return undefined;
  const qualified = resolveQualified(path, scope);
  if (isLambda) return qualified.found || qualified.owners.length > 0 ? qualified : undefined;
  const plain = resolvePlain(path[0] ?? "", scope);
  return {
    owners: distinct([...qualified.owners, ...plain.owners]),
    missing: qualified.found ? [] : plain.missing,
    found: qualified.found || plain.found,
  };
}

/** The one table of this very SELECT whose own column a name is; undefined in any doubt. */
export function ownColumn(path: readonly string[], sources: readonly Source[]): ColumnOwner | undefined {
  const column = path.at(-1) ?? "";
  const candidates =
    path.length === 1
      ? sources.filter((source) => mayHave(source, column))
      : sources.filter((source) => isNamed(source, path.slice(0, -1)));
  const [only] = candidates;
  if (candidates.length !== 1 || !only?.table || only.columns === "unknown") return undefined;
  return only.columns.includes(column) ? { table: only.table, column } : undefined;
}

/** The sources that `qualifier.*` spreads: those of the innermost SELECT that has any of that name. */
export function sourcesNamed(qualifier: readonly string[], scope: Scope | undefined): readonly Source[] {
  for (const level of levels(scope)) {
    const named = level.sources.filter((source) => isNamed(source, qualifier));
    if (named.length > 0) return named;
  }
  return [];
}

function resolveQualified(path: readonly string[], scope: Scope | undefined): Resolution {
  const owners: ColumnOwner[] = [];
  let found = false;
  for (const { sources } of levels(scope)) {
    const named = sources.flatMap((source) =>
      source.qualifiers.flatMap((own) => columnBehind(source, own, path)),
    );
    const declared = named.filter(({ source, column }) => mayHave(source, column));
    // An undeclared column of the innermost relation of that name may exist all the same.
    const meant = declared.length > 0 || found ? declared : named;
    owners.push(...meant.flatMap(({ source: { table }, column }) => (table ? [{ table, column }] : [])));
    if (declared.length > 0) found = true;
  }
  return { owners, missing: [], found };
}

function columnBehind(source: Source, qualifier: readonly string[], path: readonly string[]) {
  const column = path[qualifier.length];
  const matches = column !== undefined && samePath(qualifier, path.slice(0, qualifier.length));
  return matches ? [{ source, column }] : [];
}

function resolvePlain(column: string, scope: Scope | undefined): Resolution {
  const owners: ColumnOwner[] = [];
  const missing: TableUse[] = [];
  let found = false;
  for (const { sources } of levels(scope)) {
    const having = sources.filter((source) => mayHave(source, column));
    const certain = having.filter((source) => source.table ?? source.columns !== "unknown");
    owners.push(...having.flatMap((source) => ownersIn(source, column)));
    const silent = sources.flatMap(({ table }) => (table ? [table] : []));
    if (!found && certain.length === 0) missing.push(...silent);
    if (certain.length > 0 || (having.length > 0 && silent.length === 0)) found = true;
  }
  return { owners, missing, found };
}

function ownersIn({ table, madeOf }: Source, column: string): readonly ColumnOwner[] {
  return table ? [{ table, column }] : (madeOf?.get(column) ?? []);
}

function distinct(owners: readonly ColumnOwner[]): ColumnOwner[] {
  const isFirst = ({ table, column }: ColumnOwner, index: number) =>
    owners.findIndex((one) => one.table === table && one.column === column) === index;
  return owners.filter(isFirst);
}

function mayHave(source: Source, column: string): boolean {
  return source.columns === "unknown" || source.columns.includes(column);
}

function isNamed(source: Source, qualifier: readonly string[]): boolean {
  return source.qualifiers.some((own) => samePath(own, qualifier));
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

function* levels(scope: Scope | undefined): Generator<Scope> {
  for (let level = scope; level; level = level.outer) yield level;
}
