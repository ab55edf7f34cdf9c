/** A document path as written: names and `#aliases` are not resolved yet. `a.#b[2]` has three parts. */
export type Path = readonly [PathName, ...PathPart[]];
export type PathName = { kind: "name" | "alias"; text: string };
export type PathPart = PathName | { kind: "position"; index: number };

export type Operand =
  | { kind: "path"; path: Path }
  | { kind: "value"; placeholder: string }
  | { kind: "size"; path: Path };

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type ConditionFunction =
  | "attribute_exists"
  | "attribute_not_exists"
  | "attribute_type"
  | "begins_with"
  | "contains";

/** A key condition or filter as a tree (Developer Guide, "Condition and filter expressions"). */
export type Condition =
  | { kind: "and" | "or"; left: Condition; right: Condition }
  | { kind: "not"; condition: Condition }
  | { kind: "comparison"; comparator: Comparator; left: Operand; right: Operand }
  | { kind: "between"; operand: Operand; low: Operand; high: Operand }
  | { kind: "in"; operand: Operand; choices: readonly Operand[] }
  | { kind: "function"; name: ConditionFunction; path: Path; argument?: Operand };

/** What an update does to one attribute. */
export type Change = { kind: "set"; path: Path; placeholder: string } | { kind: "remove"; path: Path };

/** Every operand of a condition, in the order in which it is written. */
export function operandsOf(condition: Condition): Operand[] {
  switch (condition.kind) {
    case "and":
    case "or":
      return [...operandsOf(condition.left), ...operandsOf(condition.right)];
    case "not":
      return operandsOf(condition.condition);
    case "comparison":
      return [condition.left, condition.right];
    case "between":
      return [condition.operand, condition.low, condition.high];
    case "in":
      return [condition.operand, ...condition.choices];
    case "function":
      return [{ kind: "path", path: condition.path }, ...(condition.argument ? [condition.argument] : [])];
    default:
      return condition satisfies never;
  }
}
