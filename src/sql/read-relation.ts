import type { ParserRuleContext } from "antlr4ng";
import type {
  AliasedRelationContext,
  JoinCriteriaContext,
  JoinRelationContext,
  TableNameContext,
} from "dt-sql-parser/dist/lib/trino/TrinoSqlParser.js";
import { identifierName, nameParts } from "./identifiers.ts";
import { readColumn, readExpression } from "./read-expression.ts";
import { readQuery } from "./read-query.ts";
import type { AliasedRelation, Expression, Join, Relation } from "./syntax.ts";
import { placeOfNode, present, shortText, take, takeAll, unsupported } from "./tree-reading.ts";
import type { Reading } from "./tree-reading.ts";

/** Reads what stands after FROM or beside JOIN. */
export function readRelation(reading: Reading, node: ParserRuleContext): Relation {
  const { grammar } = reading;
  take(reading, node);
  if (node instanceof grammar.JoinRelationContext) return readJoin(reading, node);
  if (node instanceof grammar.RelationDefaultContext) return readRelation(reading, node.sampledRelation());
  if (node instanceof grammar.SampledRelationContext) {
    if (node.KW_TABLESAMPLE()) unsupported(node, "TABLESAMPLE", "narrow the partition predicate");
    return readRelation(reading, node.patternRecognition());
  }
  if (node instanceof grammar.PatternRecognitionContext) {
    if (node.KW_MATCH_RECOGNIZE()) unsupported(node, "MATCH_RECOGNIZE", "use window functions");
    return readRelation(reading, node.aliasedRelation());
  }
  if (node instanceof grammar.AliasedRelationContext) return readAliased(reading, node);
  return unsupported(node, `\`${shortText(node)}\``);
}

function readJoin(reading: Reading, node: JoinRelationContext): Join {
  if (node.KW_NATURAL()) unsupported(node, "NATURAL JOIN", "name the columns: JOIN … ON a.x = b.x");
  const type = node.joinType();
  if (type) takeAll(reading, type);
  const criteria = node.joinCriteria();
  const kind = node.KW_CROSS()
    ? "cross"
    : (["left", "right", "full"] as const).find((side) => joinWord(type) === side);
  return {
    kind: "join",
    place: placeOfNode(node),
    join: kind ?? "inner",
    left: readRelation(reading, present(node._left, node)),
    right: readRelation(reading, present(node._right ?? node._rightRelation, node)),
    ...readCriteria(reading, criteria),
  };
}

function joinWord(type: ParserRuleContext | null): string | undefined {
  return type?.start?.text?.toLowerCase();
}

function readCriteria(reading: Reading, node: JoinCriteriaContext | null): Pick<Join, "on" | "using"> {
  if (!node) return { using: [] };
  take(reading, node);
  const using = node
    .identifier()
    .map((one) => ({ place: placeOfNode(one), column: identifierName(reading, one) }));
  const equality = node.joinColumnEquality();
  const condition = node.booleanExpression();
  if (equality) {
    take(reading, equality);
    const left = readColumn(reading, present(equality._left, equality));
    const right = readColumn(reading, present(equality._right, equality));
    const on: Expression = { kind: "comparison", operator: "=", place: placeOfNode(equality), left, right };
    return { using, on };
  }
  return condition ? { using, on: readExpression(reading, condition) } : { using };
}

function readAliased(reading: Reading, node: AliasedRelationContext): Relation {
  const { grammar } = reading;
  const place = placeOfNode(node);
  const aliases = node.columnAliases();
  const names = {
    ...(node._alias && { alias: identifierName(reading, node._alias) }),
    ...(aliases && { columnAliases: nameParts(reading, aliases) }),
  };
  const primary = take(reading, node.relationPrimary());
  if (primary instanceof grammar.ParenthesizedRelationContext) {
    if (node._alias) unsupported(node, "a name for a join in brackets", "name each of its tables");
    return readRelation(reading, primary.relation());
  }
  if (primary instanceof grammar.TableNameContext) return { ...readTable(reading, primary), ...names };
  if (!(primary instanceof grammar.ExpressionSourceTableContext))
    return unsupported(primary, `\`${shortText(primary)}\``);
  const source = take(reading, primary.relationSourceTable());
  if (source instanceof grammar.SubqueryRelationContext)
    return { kind: "subquery", place, lateral: false, query: readQuery(reading, source.query()), ...names };
  if (source instanceof grammar.LateralContext)
    return { kind: "subquery", place, lateral: true, query: readQuery(reading, source.query()), ...names };
  if (source instanceof grammar.UnnestContext) {
    const args = source.expression().map((one) => readExpression(reading, one));
    return { kind: "unnest", place, arguments: args, ...names };
  }
  if (source instanceof grammar.TableFunctionInvocationContext)
    return unsupported(source, "TABLE(…)", "it may run other engines' queries; read catalogued tables");
  return unsupported(source, `\`${shortText(source)}\``);
}

function readTable(reading: Reading, node: TableNameContext): AliasedRelation {
  if (node.queryPeriod()) unsupported(node, "FOR … AS OF (time travel)", "read the table as it is");
  const table = present(take(reading, node.tableOrViewName()).tableRef(), node);
  return { kind: "table", place: placeOfNode(node), path: nameParts(reading, table) };
}
