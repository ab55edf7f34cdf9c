import type { ParserRuleContext } from "antlr4ng";
import type {
  FilterContext,
  FunctionCallContext,
  ListAggContext,
} from "dt-sql-parser/dist/lib/trino/TrinoSqlParser.js";
import { nameParts } from "./identifiers.ts";
import { readColumn, readExpression, readSortKeys, readWindow } from "./read-expression.ts";
import type { Expression } from "./syntax.ts";
import { placeOfNode, take, takeAll, unsupported } from "./tree-reading.ts";
import type { Reading } from "./tree-reading.ts";

/** Reads `f(…)` with its FILTER, ORDER BY and OVER. */
export function readCall(reading: Reading, node: FunctionCallContext): Expression {
  const place = placeOfNode(node);
  if (node._label) unsupported(node, "label.* in a call", "name the columns");
  const name = nameParts(reading, take(reading, node.functionName()).qualifiedName()).join(".");
  for (const keyword of [node.setQuantifier(), node.nullTreatment()]) if (keyword) takeAll(reading, keyword);
  const args = node.expression().map((one) => readExpression(reading, one));
  const modifiers = readSortKeys(reading, node.sortItem());
  const filter = node.filter();
  const over = node.over();
  if (filter) modifiers.push(readFilter(reading, filter));
  if (over) {
    const window = take(reading, over).windowSpecification();
    if (over._windowName) takeAll(reading, over._windowName);
    if (window) modifiers.push(readWindow(reading, window));
  }
  return { kind: "call", place, name, arguments: args, modifiers };
}

/** The forms that Trino's grammar spells out but that are functions to everyone who allows or forbids them. */
export function readSpecialForm(reading: Reading, node: ParserRuleContext): Expression | undefined {
  const { grammar } = reading;
  const place = placeOfNode(node);
  const call = (
    name: string,
    args: readonly ParserRuleContext[] = [],
    modifiers: Expression[] = [],
  ): Expression => ({
    kind: "call",
    place,
    name,
    arguments: args.map((one) => readExpression(reading, one)),
    modifiers,
  });
  if (node instanceof grammar.CoalesceContext) return call("coalesce", node.expression());
  if (node instanceof grammar.SubstringContext) return call("substring", node.valueExpression());
  if (node instanceof grammar.PositionContext) return call("position", node.valueExpression());
  if (node instanceof grammar.TrimContext) {
    const side = node.trimsSpecification();
    if (side) takeAll(reading, side);
    return call("trim", node.valueExpression());
  }
  if (node instanceof grammar.ExtractContext) {
    takeAll(reading, node.identifier());
    return call("extract", [node.valueExpression()]);
  }
  if (node instanceof grammar.GroupingOperationContext)
    return call(
      "grouping",
      [],
      node.qualifiedName().map((name) => readColumn(reading, name)),
    );
  if (node instanceof grammar.ListAggContext) return readListAgg(reading, node, call);
  if (node instanceof grammar.CurrentDateContext) return call("current_date");
  if (node instanceof grammar.CurrentTimeContext) return call("current_time");
  if (node instanceof grammar.CurrentTimestampContext) return call("current_timestamp");
  if (node instanceof grammar.LocalTimeContext) return call("localtime");
  if (node instanceof grammar.LocalTimestampContext) return call("localtimestamp");
  return undefined;
}

function readListAgg(
  reading: Reading,
  node: ListAggContext,
  call: (name: string, args: readonly ParserRuleContext[], modifiers: Expression[]) => Expression,
): Expression {
  for (const keyword of [node.setQuantifier(), node.string(), node.listAggOverflowBehavior()])
    if (keyword) takeAll(reading, keyword);
  const modifiers = readSortKeys(reading, node.sortItem());
  const filter = node.filter();
  if (filter) modifiers.push(readFilter(reading, filter));
  return call("listagg", [node.expression()], modifiers);
}

function readFilter(reading: Reading, node: FilterContext): Expression {
  const where = take(reading, take(reading, node).whereClause());
  return readExpression(reading, where.booleanExpression());
}
