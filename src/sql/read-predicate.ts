import type { ParserRuleContext } from "antlr4ng";
import { readExpression } from "./read-expression.ts";
import { readQuery } from "./read-query.ts";
import type { Expression } from "./syntax.ts";
import { present, shortText, take, takeAll, unsupported } from "./tree-reading.ts";
import type { Reading } from "./tree-reading.ts";

/** Reads the second half of a condition, what stands after its operand: `= 3`, `BETWEEN a AND b`, `IN (…)`. */
export function readPredicate(reading: Reading, operand: Expression, node: ParserRuleContext): Expression {
  const { grammar } = reading;
  const { place } = operand;
  const read = (child: ParserRuleContext | null | undefined) => readExpression(reading, present(child, node));
  take(reading, node);
  if (node instanceof grammar.ComparisonContext) {
    const operator = operators[takeAll(reading, node.comparisonOperator()).getText()];
    if (!operator) return unsupported(node, `\`${shortText(node)}\``);
    return { kind: "comparison", place, operator, left: operand, right: read(node._right) };
  }
  if (node instanceof grammar.BetweenContext) {
    const negated = node.KW_NOT() !== null;
    return { kind: "between", place, negated, operand, lower: read(node._lower), upper: read(node._upper) };
  }
  if (node instanceof grammar.InListContext) {
    const negated = node.KW_NOT() !== null;
    return { kind: "in-list", place, negated, operand, options: node.expression().map(read) };
  }
  if (node instanceof grammar.InSubqueryContext)
    return { kind: "query", place, query: readQuery(reading, node.query()), parts: [operand] };
  if (node instanceof grammar.QuantifiedComparisonContext) {
    takeAll(reading, node.comparisonOperator());
    takeAll(reading, node.comparisonQuantifier());
    return { kind: "query", place, query: readQuery(reading, node.query()), parts: [operand] };
  }
  if (node instanceof grammar.LikeContext) {
    const escape = node._escape && { escape: read(node._escape) };
    return { kind: "like", place, operand, pattern: read(node._pattern), ...escape };
  }
  if (node instanceof grammar.DistinctFromContext)
    return { kind: "composite", place, parts: [operand, read(node._right)] };
  if (node instanceof grammar.NullPredicateContext) return { kind: "composite", place, parts: [operand] };
  return unsupported(node, `\`${shortText(node)}\``);
}

const operators: Readonly<Record<string, "=" | "<>" | "<" | "<=" | ">" | ">=">> = {
  "=": "=",
  "<>": "<>",
  "!=": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};
