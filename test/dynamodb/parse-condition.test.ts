import { expect, test } from "vitest";
import { operandsOf, type Condition, type Operand } from "../../src/dynamodb/expressions.ts";
import { parseCondition } from "../../src/dynamodb/parse-condition.ts";

test.each([
  ["a = :a", "(a = :a)"],
  ["a = :a OR b = :b AND c = :c", "((a = :a) or ((b = :b) and (c = :c)))"],
  ["(a = :a OR b = :b) AND c = :c", "(((a = :a) or (b = :b)) and (c = :c))"],
  ["NOT a = :a AND b = :b", "(not(a = :a) and (b = :b))"],
  ["not (not a <> :a)", "notnot(a <> :a)"],
  ["a BETWEEN :l AND :h AND b <= :b", "(between(a, :l, :h) and (b <= :b))"],
  ["a IN (:a, #b, c.d[2])", "in(a, :a, #b, c.d[2])"],
  ["size(a.b) >= :n", "(size(a.b) >= :n)"],
  [
    "attribute_type(a, :t) and attribute_not_exists(b)",
    "(attribute_type(a, :t) and attribute_not_exists(b))",
  ],
  ["\tbegins_with (\n a , :p ) ", "begins_with(a, :p)"],
  ["contains = :a", "(contains = :a)"],
])("%s is read as %s", (expression, expected) => {
  expect(show(parseCondition(expression, "FilterExpression"))).toBe(expected);
});

test("an error names the expression, the place, what was expected and what was found", () => {
  expect(() => parseCondition("attempt >= ", "FilterExpression")).toThrow(
    "FilterExpression: expected an attribute at character 12, found its end.",
  );
  expect(() => parseCondition("attempt ~ :a", "FilterExpression")).toThrow(
    'FilterExpression: "~ :a" is not understood at character 9.',
  );
});

function show(condition: Condition): string {
  const operands = operandsOf(condition).map(showOperand);
  switch (condition.kind) {
    case "and":
    case "or":
      return `(${show(condition.left)} ${condition.kind} ${show(condition.right)})`;
    case "not":
      return `not${show(condition.condition)}`;
    case "comparison":
      return `(${operands[0]} ${condition.comparator} ${operands[1]})`;
    case "between":
    case "in":
      return `${condition.kind}(${operands.join(", ")})`;
    case "function":
      return `${condition.name}(${operands.join(", ")})`;
    default:
      return condition satisfies never;
  }
}

function showOperand(operand: Operand): string {
  if (operand.kind === "value") return operand.placeholder;
  const path = operand.path
    .map((part, n) => (part.kind === "position" ? `[${part.index}]` : `${n > 0 ? "." : ""}${part.text}`))
    .join("");
  return operand.kind === "size" ? `size(${path})` : path;
}
