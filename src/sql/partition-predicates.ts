import { ownColumn } from "./scopes.ts";
import type { ConstantPredicate, Source } from "./scopes.ts";
import { partsOf } from "./syntax.ts";
import type { Expression } from "./syntax.ts";

/**
 * Adds to each source's table the conditions among `conditions` that compare one of its own columns with constants.
 * Only conditions that all rows must meet may be given. A name that could be another source's counts for none.
 */
export function constantPredicates(conditions: readonly Expression[], sources: readonly Source[]): void {
  for (const condition of conditions) {
    const compared = comparison(condition);
    if (compared?.name.kind !== "name" || !compared.values.every(isConstant)) continue;
    const owner = ownColumn(compared.name.path, sources);
    const { operator, values } = compared;
    owner?.table.predicates.push({ column: owner.column, operator, values, place: condition.place });
  }
}

/** The names that a condition compares with constants by `=` or IN, plainly or in lower case. */
export function equalities(condition: Expression): { name: Expression }[] {
  const compared = comparison(condition);
  if (!compared || !["=", "in"].includes(compared.operator) || !compared.values.every(isConstant)) return [];
  const { name } = compared;
  const folded = name.kind === "call" && name.name === "lower" && name.modifiers.length === 0;
  const [inside, ...more] = folded ? name.arguments : [name];
  return inside?.kind === "name" && more.length === 0 ? [{ name: inside }] : [];
}

type Compared = { name: Expression; operator: ConstantPredicate["operator"]; values: readonly Expression[] };

/** A comparison with the column on its left, turned round when it stands on the right. */
function comparison(condition: Expression): Compared | undefined {
  switch (condition.kind) {
    case "comparison": {
      const { operator, left, right } = condition;
      if (operator === "<>") return undefined;
      if (isConstant(left)) return { name: right, operator: flipped[operator], values: [left] };
      return { name: left, operator, values: [right] };
    }
    case "between":
      if (condition.negated) return undefined;
      return { name: condition.operand, operator: "between", values: [condition.lower, condition.upper] };
    case "in-list":
      if (condition.negated) return undefined;
      return { name: condition.operand, operator: "in", values: condition.options };
    case "name":
    case "field":
    case "text":
    case "number":
    case "boolean":
    case "null":
    case "typed-text":
    case "interval":
    case "parameter":
    case "call":
    case "cast":
    case "lambda":
    case "query":
    case "and":
    case "arithmetic":
    case "like":
    case "composite":
      return undefined;
  }
}

const flipped = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

/** Reads no row: no column, no sub-query. Parameters are constants. */
function isConstant(expression: Expression): boolean {
  if (["name", "field", "query", "lambda"].includes(expression.kind)) return false;
  return partsOf(expression).every(isConstant);
}
