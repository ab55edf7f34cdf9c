import { ExpressionReader } from "./expression-reader.ts";
import type { Comparator, Condition, ConditionFunction, Operand } from "./expressions.ts";

/**
 * Reads a KeyConditionExpression or FilterExpression, whole: NOT binds before AND, AND before OR.
 * `where` names the expression in errors. Throws `RequestError` on anything that is not understood.
 */
export function parseCondition(expression: string, where: string): Condition {
  const reader = new ExpressionReader(expression, where);
  const { condition } = readOr(reader, 0);
  reader.expectEnd();
  return condition;
}

/** DynamoDB allows 300 operators in an expression; brackets nested deeper than this serve nobody. */
const maxDepth = 100;

/** A condition, and whether all of it stands in brackets. */
type Read = { condition: Condition; inBrackets: boolean };

function readOr(reader: ExpressionReader, depth: number): Read {
  let left = readAnd(reader, depth);
  while (reader.takeKeyword("OR")) left = joined("or", left, readAnd(reader, depth));
  return left;
}

function readAnd(reader: ExpressionReader, depth: number): Read {
  let left = readNot(reader, depth);
  while (reader.takeKeyword("AND")) left = joined("and", left, readNot(reader, depth));
  return left;
}

function joined(kind: "and" | "or", left: Read, right: Read): Read {
  return { condition: { kind, left: left.condition, right: right.condition }, inBrackets: false };
}

function readNot(reader: ExpressionReader, depth: number): Read {
  if (!reader.takeKeyword("NOT")) return readBrackets(reader, depth);
  const { condition } = readBrackets(reader, depth);
  return { condition: { kind: "not", condition }, inBrackets: false };
}

function readBrackets(reader: ExpressionReader, depth: number): Read {
  if (depth > maxDepth) reader.fail(`at most ${maxDepth} nested conditions`);
  const start = reader.peek();
  if (!reader.takeSymbol("(")) return { condition: readTerm(reader), inBrackets: false };
  const { condition, inBrackets } = readOr(reader, depth + 1);
  reader.expectSymbol(")");
  // DynamoDB refuses such expressions for their "redundant parentheses".
  if (inBrackets) reader.fail("no brackets around brackets", start);
  return { condition, inBrackets: true };
}

function readTerm(reader: ExpressionReader): Condition {
  if (isCall(reader) && reader.peek().text !== "size") return readFunction(reader);
  const operand = readOperand(reader);
  if (reader.takeKeyword("BETWEEN")) {
    const low = readOperand(reader);
    if (!reader.takeKeyword("AND")) reader.fail("AND");
    return { kind: "between", operand, low, high: readOperand(reader) };
  }
  if (reader.takeKeyword("IN")) {
    reader.expectSymbol("(");
    const choices = [readOperand(reader)];
    while (reader.takeSymbol(",")) choices.push(readOperand(reader));
    reader.expectSymbol(")");
    return { kind: "in", operand, choices };
  }
  const token = reader.take();
  const comparator = comparators.find((symbol) => token.kind === "symbol" && symbol === token.text);
  if (!comparator) reader.fail("a comparison", token);
  return { kind: "comparison", comparator, left: operand, right: readOperand(reader) };
}

const comparators: readonly Comparator[] = ["=", "<>", "<", "<=", ">", ">="];

/** Function → number of arguments. Names of functions are case-sensitive in DynamoDB. */
const functions: Record<ConditionFunction, 1 | 2> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};

function readFunction(reader: ExpressionReader): Condition {
  const token = reader.take();
  if (!isFunction(token.text)) reader.fail(`one of ${Object.keys(functions).join(", ")}, size`, token);
  reader.expectSymbol("(");
  const path = reader.path();
  if (functions[token.text] === 1) {
    reader.expectSymbol(")");
    return { kind: "function", name: token.text, path };
  }
  reader.expectSymbol(",");
  const argument = readOperand(reader);
  reader.expectSymbol(")");
  return { kind: "function", name: token.text, path, argument };
}

function readOperand(reader: ExpressionReader): Operand {
  if (reader.peek().kind === "value") return { kind: "value", placeholder: reader.take().text };
  if (!isCall(reader)) return { kind: "path", path: reader.path() };
  if (reader.peek().text !== "size") reader.fail("an attribute, a value or size(…)");
  reader.take();
  reader.expectSymbol("(");
  const path = reader.path();
  reader.expectSymbol(")");
  return { kind: "size", path };
}

function isCall(reader: ExpressionReader): boolean {
  return reader.peek().kind === "name" && reader.peek(1).kind === "symbol" && reader.peek(1).text === "(";
}

function isFunction(name: string): name is ConditionFunction {
  return Object.hasOwn(functions, name);
}
