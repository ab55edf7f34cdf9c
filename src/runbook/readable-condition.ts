import type { Comparator, Condition, Operand, Path } from "../dynamodb/expressions.ts";
import { parseCondition } from "../dynamodb/parse-condition.ts";
import type { AttributeValue, Item } from "../dynamodb/requests.ts";

export type ReadableNames = {
  names: Readonly<Record<string, string>>;
  values: Readonly<Item>;
  /** How a bound value is shown. */
  show: (value: AttributeValue) => string;
};

/** An expression as people read it, with names and values in place: `status = PAID · updated_at < 2026-11-21T02:10:00Z`. */
export function readableCondition(expression: string, where: string, bound: ReadableNames): string {
  return sentence(parseCondition(expression, where), bound, " · ");
}

function sentence(condition: Condition, bound: ReadableNames, and: string): string {
  const inner = (part: Condition) => nested(part, bound);
  const show = (operand: Operand) => operandText(operand, bound);
  switch (condition.kind) {
    case "and":
      return `${andPart(condition.left, bound, and)}${and}${andPart(condition.right, bound, and)}`;
    case "or":
      return `${inner(condition.left)} or ${inner(condition.right)}`;
    case "not":
      return `not (${sentence(condition.condition, bound, " and ")})`;
    case "comparison":
      return `${show(condition.left)} ${signs[condition.comparator]} ${show(condition.right)}`;
    case "between":
      return `${show(condition.operand)} from ${show(condition.low)} to ${show(condition.high)}`;
    case "in":
      return `${show(condition.operand)} is one of ${condition.choices.map(show).join(", ")}`;
    case "function":
      return `${pathText(condition.path, bound)} ${functions[condition.name]}${condition.argument ? ` ${show(condition.argument)}` : ""}`;
  }
}

const signs: Record<Comparator, string> = { "=": "=", "<>": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥" };

const functions = {
  attribute_exists: "is present",
  attribute_not_exists: "is absent",
  attribute_type: "has type",
  begins_with: "begins with",
  contains: "contains",
};

function andPart(condition: Condition, bound: ReadableNames, and: string): string {
  return condition.kind === "or"
    ? `(${sentence(condition, bound, " and ")})`
    : sentence(condition, bound, and);
}

function nested(condition: Condition, bound: ReadableNames): string {
  const text = sentence(condition, bound, " and ");
  return condition.kind === "and" ? `(${text})` : text;
}

function operandText(operand: Operand, bound: ReadableNames): string {
  switch (operand.kind) {
    case "value": {
      const value = bound.values[operand.placeholder];
      return value ? bound.show(value) : operand.placeholder;
    }
    case "size":
      return `size of ${pathText(operand.path, bound)}`;
    case "path":
      return pathText(operand.path, bound);
  }
}

function pathText(path: Path, { names }: ReadableNames): string {
  return path
    .map((part, at) => {
      if (part.kind === "position") return `[${part.index}]`;
      return `${at > 0 ? "." : ""}${part.kind === "alias" ? (names[part.text] ?? part.text) : part.text}`;
    })
    .join("");
}
