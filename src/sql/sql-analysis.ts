import type { Place, Refusal } from "./refusal.ts";
import type { ColumnOwner, TableName, TableUse } from "./scopes.ts";

/** Everything that a query reads and how much of it, with places in the text that was analysed (1-based). */
export type SqlAnalysis = {
  /** The one text that is hashed, shown and executed; holes are `?`. */
  canonical: string;
  /** Every mention of a table or view, also inside CTEs, sub-queries and the declared text of views. */
  tables: readonly TableUse[];
  columns: readonly ColumnRead[];
  stars: readonly StarRead[];
  /** Lower-case, with their dotted prefix if they have one; also special forms like `extract`. */
  functions: readonly FunctionUse[];
  parameters: readonly ParameterUse[];
  /** The outermost LIMIT or FETCH FIRST; `rows` absent when it is not a number. */
  limit?: { place: Place; rows?: number };
  /** The outermost query has ORDER BY: what its LIMIT cuts off is always the same. */
  ordered: boolean;
  /** The result's columns in order; absent when a `*` over an undeclared table hides them. */
  outputs?: readonly OutputColumn[];
  /** What makes rows or texts out of constants, without bound. */
  fromNothing: readonly Refusal[];
  /** A CTE counts as often as it is used, since Trino runs it that often. */
  cost: { relations: number; joins: number };
};

export type Clause = "select" | "from" | "where" | "group" | "having" | "order" | "window";

export type ColumnRead = {
  place: Place;
  /** As written, in lower case: `useridentity.arn`. */
  text: string;
  clause: Clause;
  /**
   * `output`: shown as it is, as a column of the result. `equality`: compared with constants by `=` or IN, all rows
   * having to pass. `expression`: anything else.
   */
  role: "output" | "equality" | "expression";
  /** The table columns that it is or may be; more than one in doubt. Empty when undeclared everywhere. */
  owners: readonly ColumnOwner[];
  /** Tables that do not declare it although it may be theirs. */
  missing: readonly TableUse[];
};

export type StarRead = { place: Place; text: string; table: TableUse };

export type FunctionUse = { place: Place; name: string };

export type ParameterUse = {
  place: Place;
  /** Of its `?`, from 0: its value's position in `ExecutionParameters`. */
  index: number;
  name: string;
  /** Which of the values of a list it takes, from 0; 0 for a parameter that is no list. */
  item: number;
  /** Stands in the pattern of a LIKE, where `%` and `_` of its value match anything. */
  inPattern: boolean;
};

export type OutputColumn = {
  place: Place;
  /** Trino's own `_col0`, `_col1`, … when the query gives none. */
  name: string;
  /** The table column that it shows unchanged. */
  source?: ColumnOwner;
  /** The outermost ORDER BY names it. */
  sorted: boolean;
};

/** What the analysis must know of a table to attribute columns; undefined means that it is not declared. */
type DeclaredTable = {
  columns: readonly string[];
  /** The text of a view; its reads are analysed in its place. */
  view?: string;
};

/** What a `?` stands for: a parameter, or one of the values of a list. */
export type ParameterHole = { name: string; item: number };

export type AnalyzeOptions = {
  /** What unqualified names belong to, in lower case. */
  defaultCatalog: string;
  defaultDatabase: string;
  declared: (name: TableName) => DeclaredTable | undefined;
  /**
   * `named`: `:name` in a runbook's text; `listSizes` says how many values a list in `IN (:name)` has. `none`: none is allowed, as in text written by a requester. A list: the text
   * is canonical and these are the names of its `?`.
   */
  parameters: "named" | { listSizes: Readonly<Record<string, number>> } | "none" | readonly ParameterHole[];
};

export type AnalyzeResult =
  | { status: "analyzed"; analysis: SqlAnalysis }
  | { status: "refused"; refusals: Refusal[] };
