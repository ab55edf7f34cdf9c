import type { Place } from "./refusal.ts";

/**
 * A query as this folder understands it: the part of Trino's syntax tree that decides what is read. Brackets and other
 * wrappers are gone, as in Trino's own tree, so `(e).ssn` is `e.ssn`. Identifiers are lower-case, as Trino compares
 * them. What has no place in these types is refused while reading (`not-supported`).
 */
export type Query = {
  place: Place;
  ctes: readonly Cte[];
  body: Body;
  orderBy: readonly Expression[];
  /** Absent when the query has none; `rows` absent when it is not a number (`LIMIT ALL`). */
  limit?: { place: Place; rows?: number };
};

export type Cte = { place: Place; name: string; columns?: readonly string[]; query: Query };

export type Body =
  | Select
  | { kind: "set-operation"; place: Place; left: Body; right: Body }
  | { kind: "values"; place: Place; rows: readonly Expression[] }
  | { kind: "nested"; place: Place; query: Query };

export type Select = {
  kind: "select";
  place: Place;
  items: readonly SelectItem[];
  from: readonly Relation[];
  where?: Expression;
  groupBy: readonly Expression[];
  /** True also for `GROUP BY ()`. */
  grouped: boolean;
  having?: Expression;
  windows: readonly Expression[];
};

export type SelectItem =
  | { kind: "star"; place: Place; qualifier?: readonly string[] }
  | { kind: "expression"; place: Place; expression: Expression; alias?: string };

export type Relation = AliasedRelation | Join;

export type AliasedRelation = {
  place: Place;
  alias?: string;
  columnAliases?: readonly string[];
} & (
  | { kind: "table"; path: readonly string[] }
  | { kind: "subquery"; query: Query; lateral: boolean }
  | { kind: "unnest"; arguments: readonly Expression[] }
);

export type Join = {
  kind: "join";
  place: Place;
  join: "inner" | "left" | "right" | "full" | "cross";
  left: Relation;
  right: Relation;
  on?: Expression;
  using: readonly { place: Place; column: string }[];
};

export type Expression = { place: Place } & ExpressionForm;

type ExpressionForm =
  /** `a`, `a.b`, `a.b.c`: a column, with its relation before or fields of a row after it. */
  | { kind: "name"; path: readonly string[] }
  /** A field of something computed: `f(x).field`. */
  | { kind: "field"; base: Expression; field: string }
  | { kind: "text"; value: string }
  | { kind: "number"; text: string }
  | { kind: "boolean"; value: boolean }
  | { kind: "null" }
  /** `DATE '2026-01-31'`, `TIMESTAMP '…'`: type in lower case. */
  | { kind: "typed-text"; type: string; value: string }
  /** `INTERVAL -'3' DAY`; a range like `DAY TO SECOND` has `to`. */
  | { kind: "interval"; negative: boolean; value: string; unit: string; to?: string }
  /** The n-th `?` of the text, from 0. */
  | { kind: "parameter"; index: number }
  /** Also Trino's special forms that look like functions (`coalesce`, `extract`, `current_date`). */
  | { kind: "call"; name: string; arguments: readonly Expression[]; modifiers: readonly Expression[] }
  | { kind: "cast"; operand: Expression; type: string }
  | { kind: "lambda"; parameters: readonly string[]; body: Expression }
  | { kind: "query"; query: Query; parts: readonly Expression[] }
  | { kind: "and"; parts: readonly Expression[] }
  | {
      kind: "comparison";
      operator: "=" | "<>" | "<" | "<=" | ">" | ">=";
      left: Expression;
      right: Expression;
    }
  | { kind: "between"; negated: boolean; operand: Expression; lower: Expression; upper: Expression }
  | { kind: "in-list"; negated: boolean; operand: Expression; options: readonly Expression[] }
  | { kind: "arithmetic"; operator: string; left: Expression; right: Expression }
  /** Anything else that only combines its parts: OR, NOT, CASE, `||`, rows, arrays, … */
  | { kind: "composite"; parts: readonly Expression[] }
  | { kind: "like"; operand: Expression; pattern: Expression; escape?: Expression };

/** The direct parts of an expression, in the order of the text; the query of a sub-query is not among them. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "name":
    case "text":
    case "number":
    case "boolean":
    case "null":
    case "typed-text":
    case "interval":
    case "parameter":
      return [];
    case "field":
      return [expression.base];
    case "call":
      return [...expression.arguments, ...expression.modifiers];
    case "cast":
      return [expression.operand];
    case "lambda":
      return [expression.body];
    case "query":
    case "and":
    case "composite":
      return expression.parts;
    case "comparison":
    case "arithmetic":
      return [expression.left, expression.right];
    case "between":
      return [expression.operand, expression.lower, expression.upper];
    case "in-list":
      return [expression.operand, ...expression.options];
    case "like":
      return [expression.operand, expression.pattern, ...(expression.escape ? [expression.escape] : [])];
  }
}

/** The conditions that must all hold: `a AND (b AND c)` is three. */
export function conjuncts(expression: Expression): readonly Expression[] {
  return expression.kind === "and" ? expression.parts.flatMap(conjuncts) : [expression];
}
