import type { Place, Refusal } from "./refusal.ts";
import type { Scope, TableName, TableUse } from "./scopes.ts";
import type {
  AnalyzeOptions,
  Clause,
  ColumnRead,
  FunctionUse,
  SqlAnalysis,
  StarRead,
} from "./sql-analysis.ts";
import type { Expression } from "./syntax.ts";

/** What is gathered on one walk through a query. */
export type Walk = {
  options: AnalyzeOptions;
  tables: TableUse[];
  columns: ColumnRead[];
  stars: StarRead[];
  functions: FunctionUse[];
  parameters: { place: Place; index: number; clause: Clause; inPattern: boolean }[];
  fromNothing: Refusal[];
  cost: SqlAnalysis["cost"];
  /** Names that stand where reading them shows less than in an expression. */
  roles: Map<Expression, ColumnRead["role"]>;
};

/** What a part of the query sees around it. */
export type Surroundings = {
  /** Only an unqualified name can mean one of these, and only after it is defined. */
  ctes: ReadonlyMap<string, Cte>;
  scope?: Scope;
  lambdas: ReadonlySet<string>;
  clause: Clause;
  /** Inside the pattern of a LIKE. */
  inPattern?: boolean;
  /** The views whose text is being read, outermost first, and where the query names the first. */
  views: readonly TableName[];
  viewPlace?: Place;
  defaultDatabase: string;
};

export type Cte = { columns: Columns; cost: SqlAnalysis["cost"] };

/** Column names in order; `unknown` when the text does not tell. */
export type Columns = readonly string[] | "unknown";

export function startWalk(options: AnalyzeOptions): Walk {
  return {
    options,
    tables: [],
    columns: [],
    stars: [],
    functions: [],
    parameters: [],
    fromNothing: [],
    cost: { relations: 0, joins: 0 },
    roles: new Map(),
  };
}

/** Inside a view's text a place means nothing to the reader: the mention of the view stands for it. */
export function placeIn(around: Surroundings, place: Place): Place {
  return around.viewPlace ?? place;
}
