import type { ParserRuleContext } from "antlr4ng";
import type {
  SortItemContext,
  WindowSpecificationContext,
} from "dt-sql-parser/dist/lib/trino/TrinoSqlParser.js";
import { identifierName, nameParts } from "./identifiers.ts";
import { readCall, readSpecialForm } from "./read-call.ts";
import { readLiteral } from "./read-literal.ts";
import { readPredicate } from "./read-predicate.ts";
import { readQuery } from "./read-query.ts";
import type { Expression } from "./syntax.ts";
import { childNodes, placeOfNode, present, shortText, take, takeAll, unsupported } from "./tree-reading.ts";
import type { Reading } from "./tree-reading.ts";

/** Reads a value or a condition. Kinds of node that are not named here are refused. */
export function readExpression(reading: Reading, node: ParserRuleContext): Expression {
  const { grammar } = reading;
  const place = placeOfNode(node);
  const read = (child: ParserRuleContext | null | undefined) => readExpression(reading, present(child, node));
  take(reading, node);

  // Wrappers: Trino's own tree drops them too.
  if (node instanceof grammar.ExpressionContext) return read(node.booleanExpression());
  if (node instanceof grammar.ParenthesizedExpressionContext) return read(node.expression());
  if (node instanceof grammar.ValueExpressionDefaultContext) return read(node.primaryExpression());
  if (node instanceof grammar.PredicatedContext) {
    const predicate = node.predicate();
    const operand = read(node._valueExpression);
    return predicate ? readPredicate(reading, operand, predicate) : operand;
  }

  if (node instanceof grammar.ColumnReferenceContext) return readColumn(reading, node.columnName());
  if (node instanceof grammar.DereferenceContext) {
    const base = read(node._base);
    const field = identifierName(reading, present(node._fieldName, node));
    return base.kind === "name"
      ? { ...base, path: [...base.path, field] }
      : { kind: "field", place, base, field };
  }
  if (node instanceof grammar.ParameterContext)
    return { kind: "parameter", place, index: reading.holes.indexOf(node.start?.tokenIndex ?? -1) };
  if (node instanceof grammar.AndContext)
    return { kind: "and", place, parts: node.booleanExpression().map(read) };
  if (node instanceof grammar.ArithmeticBinaryContext) {
    const operator = node._operator?.text ?? "";
    return { kind: "arithmetic", place, operator, left: read(node._left), right: read(node._right) };
  }
  if (node instanceof grammar.LambdaContext) {
    const parameters = node.identifier().map((one) => identifierName(reading, one));
    return { kind: "lambda", place, parameters, body: read(node.expression()) };
  }
  if (node instanceof grammar.CastContext) {
    const type = takeAll(reading, node.type()).getText().toLowerCase();
    return { kind: "cast", place, type, operand: read(node.expression()) };
  }
  if (node instanceof grammar.SubqueryExpressionContext || node instanceof grammar.ExistsContext)
    return { kind: "query", place, query: readQuery(reading, node.query()), parts: [] };
  if (node instanceof grammar.FunctionCallContext) return readCall(reading, node);
  return (
    readLiteral(reading, node) ??
    readSpecialForm(reading, node) ??
    readComposite(reading, node) ??
    unsupported(node, `\`${shortText(node)}\``)
  );
}

/** Reads a dotted name in any of the grammar's wrappings for "a column stands here". */
export function readColumn(reading: Reading, node: ParserRuleContext): Expression {
  const { grammar } = reading;
  const place = placeOfNode(take(reading, node));
  if (node instanceof grammar.QualifiedNameContext)
    return { kind: "name", place, path: nameParts(reading, node) };
  if (node instanceof grammar.JoinColumnReferenceContext) {
    const qualifier = node.identifier();
    const column = readColumn(reading, present(node.columnName(), node));
    if (!qualifier || column.kind !== "name") return column;
    return { kind: "name", place, path: [identifierName(reading, qualifier), ...column.path] };
  }
  if (node instanceof grammar.ColumnRefContext || node instanceof grammar.ColumnNameContext)
    return readColumn(reading, present(node.qualifiedName(), node));
  return unsupported(node, `\`${shortText(node)}\``);
}

export function readSortKeys(reading: Reading, items: readonly SortItemContext[]): Expression[] {
  return items.map((item) => {
    const column = take(reading, item).columnRef();
    return column ? readColumn(reading, column) : readExpression(reading, present(item.expression(), item));
  });
}

/** What a window reads: its partitions, its order and the bounds of its frame. */
export function readWindow(reading: Reading, node: WindowSpecificationContext): Expression {
  const place = placeOfNode(take(reading, node));
  const partitions = node.partitionBy();
  const frame = node.windowFrame();
  if (node._existingWindowName) takeAll(reading, node._existingWindowName);
  const parts = partitions
    ? take(reading, partitions)
        .expression()
        .map((one) => readExpression(reading, one))
    : [];
  parts.push(...readSortKeys(reading, node.sortItem()));
  if (frame) {
    const extent = take(reading, take(reading, frame).frameExtent());
    for (const bound of extent.frameBound())
      parts.push(...childNodes(take(reading, bound)).map((one) => readExpression(reading, one)));
  }
  return { kind: "composite", place, parts };
}

function readComposite(reading: Reading, node: ParserRuleContext): Expression | undefined {
  const { grammar } = reading;
  const composites = [
    grammar.OrContext,
    grammar.LogicalNotContext,
    grammar.ConcatenationContext,
    grammar.ArithmeticUnaryContext,
    grammar.AtTimeZoneContext,
    grammar.TimeZoneStringContext,
    grammar.TimeZoneIntervalContext,
    grammar.SimpleCaseContext,
    grammar.SearchedCaseContext,
    grammar.WhenClauseContext,
    grammar.RowConstructorContext,
    grammar.ArrayConstructorContext,
    grammar.SubscriptContext,
  ];
  if (!composites.some((kind) => node instanceof kind)) return undefined;
  const parts = childNodes(node).map((child) => readExpression(reading, child));
  return { kind: "composite", place: placeOfNode(node), parts };
}
