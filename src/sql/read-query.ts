import type { ParserRuleContext } from "antlr4ng";
import type {
  QueryContext,
  QueryNoWithContext,
  QuerySpecificationContext,
  SelectItemContext,
  WithContext,
} from "dt-sql-parser/dist/lib/trino/TrinoSqlParser.js";
import { identifierName, nameParts } from "./identifiers.ts";
import { parseStatement } from "./parse-statement.ts";
import { readColumn, readExpression, readSortKeys, readWindow } from "./read-expression.ts";
import { readRelation } from "./read-relation.ts";
import { SqlRefused } from "./refusal.ts";
import type { Body, Cte, Expression, Query, Select, SelectItem } from "./syntax.ts";
import type { TokenStream } from "./tokens.ts";
import {
  childNodes,
  placeOfNode,
  present,
  refuseLeftovers,
  shortText,
  startReading,
  take,
  takeAll,
  unsupported,
} from "./tree-reading.ts";
import type { Reading } from "./tree-reading.ts";

/**
 * Parses and reads the tokens as one query.
 *
 * @throws SqlRefused for every other kind of statement and for whatever a query holds that is not understood.
 */
export function readStatement(stream: TokenStream): Query {
  const tree = parseStatement(stream);
  const reading = startReading(stream);
  const { grammar } = reading;
  const statement = take(reading, take(reading, tree).statement());
  if (!(statement instanceof grammar.StatementDefaultContext)) {
    const verb = statement.start?.text?.toUpperCase() ?? "this";
    throw new SqlRefused(
      "not-a-query",
      `${verb} is not a query: only SELECT and WITH … SELECT are run`,
      placeOfNode(statement),
    );
  }
  const root = take(reading, statement.rootQuery());
  if (root.withFunction()) unsupported(root, "WITH FUNCTION", "use Trino's own functions");
  const query = readQuery(reading, root.query());
  refuseLeftovers(reading, tree);
  return query;
}

export function readQuery(reading: Reading, node: QueryContext): Query {
  const { QueryStatementContext } = reading.grammar;
  if (!(node instanceof QueryStatementContext)) return unsupported(node, `\`${shortText(node)}\``);
  const clause = take(reading, node).with();
  const ctes = clause ? readCtes(reading, clause) : [];
  return { ...readQueryNoWith(reading, node.queryNoWith()), ctes };
}

function readCtes(reading: Reading, clause: WithContext): Cte[] {
  if (take(reading, clause).KW_RECURSIVE())
    unsupported(clause, "WITH RECURSIVE", "join as often as there are levels to follow");
  return clause.namedQuery().map((named) => {
    const columns = take(reading, named).columnAliases();
    return {
      place: placeOfNode(named),
      name: identifierName(reading, present(named._name, named)),
      query: readQuery(reading, named.query()),
      ...(columns && { columns: nameParts(reading, columns) }),
    };
  });
}

function readQueryNoWith(reading: Reading, node: QueryNoWithContext): Query {
  take(reading, node);
  if (node.KW_TIES()) unsupported(node, "FETCH FIRST … WITH TIES", "write LIMIT with a number");
  const body = readBody(reading, node.queryTerm());
  const orderBy = readSortKeys(reading, node.sortItem());
  for (const rows of [node._offset, node._limit, node._fetchFirst])
    if (rows?.getText() === "?") unsupported(rows, "a parameter as a number of rows", "write the number");
  if (node._offset) takeAll(reading, node._offset);
  const limit = readLimit(reading, node);
  return { place: placeOfNode(node), ctes: [], body, orderBy, ...(limit && { limit }) };
}

function readLimit(reading: Reading, node: QueryNoWithContext): Query["limit"] {
  const rows = node._limit ?? node._fetchFirst;
  if (!rows && node.KW_FETCH()) return { place: placeOfNode(node), rows: 1 };
  if (!rows) return undefined;
  const text = takeAll(reading, rows).getText();
  return { place: placeOfNode(rows), ...(/^\d{1,9}$/.test(text) && { rows: Number(text) }) };
}

function readBody(reading: Reading, node: ParserRuleContext): Body {
  const { grammar } = reading;
  const place = placeOfNode(node);
  take(reading, node);
  if (node instanceof grammar.QueryTermDefaultContext) return readBody(reading, node.queryPrimary());
  if (node instanceof grammar.QueryPrimaryDefaultContext)
    return readSelect(reading, node.querySpecification());
  if (node instanceof grammar.SubqueryContext)
    return { kind: "nested", place, query: readQueryNoWith(reading, node.queryNoWith()) };
  if (node instanceof grammar.InlineTableContext)
    return { kind: "values", place, rows: node.expression().map((row) => readExpression(reading, row)) };
  if (node instanceof grammar.SetOperationContext) {
    const quantifier = node.setQuantifier();
    if (quantifier) takeAll(reading, quantifier);
    const left = readBody(reading, present(node._left, node));
    return { kind: "set-operation", place, left, right: readBody(reading, present(node._right, node)) };
  }
  if (node instanceof grammar.TableContext)
    return unsupported(node, "TABLE as a query", "write SELECT with the columns you need");
  return unsupported(node, `\`${shortText(node)}\``);
}

function readSelect(reading: Reading, node: QuerySpecificationContext): Select {
  take(reading, node);
  const quantifier = node.setQuantifier();
  if (quantifier) takeAll(reading, quantifier);
  const where = node.whereClause();
  const having = node.havingClause();
  const groupBy = node.groupBy();
  const items = take(reading, node.selectList()).selectItem();
  return {
    kind: "select",
    place: placeOfNode(node),
    items: items.map((item) => readItem(reading, item)),
    from: node.relation().map((relation) => readRelation(reading, relation)),
    groupBy: groupBy ? readGrouping(reading, groupBy) : [],
    grouped: groupBy !== null,
    windows: node.windowDefinition().map((window) => {
      takeAll(reading, present(take(reading, window)._name, window));
      return readWindow(reading, window.windowSpecification());
    }),
    ...(where && { where: readExpression(reading, take(reading, where).booleanExpression()) }),
    ...(having && { having: readExpression(reading, take(reading, having).booleanExpression()) }),
  };
}

function readItem(reading: Reading, node: SelectItemContext): SelectItem {
  const place = placeOfNode(take(reading, node));
  const tableStar = node.tableAllColumns();
  if (node.selectAllWithoutTable()) {
    takeAll(reading, present(node.selectAllWithoutTable(), node));
    return { kind: "star", place };
  }
  if (tableStar) {
    const qualifier = readExpression(reading, take(reading, tableStar).primaryExpression());
    if (qualifier.kind !== "name" || node.columnAliases())
      return unsupported(node, "spreading a row with .*", "name the fields you need");
    return { kind: "star", place, qualifier: qualifier.path };
  }
  const plain = node.selectLiteralColumnName();
  const computed = node.selectExpressionColumnName();
  const expression = plain
    ? readColumn(reading, take(reading, plain).columnRef())
    : readExpression(reading, take(reading, present(computed, node)).expression());
  return {
    kind: "expression",
    place,
    expression,
    ...(node._alias && { alias: identifierName(reading, node._alias) }),
  };
}

/** Grouping sets, ROLLUP and CUBE read the same columns as their flat list. */
function readGrouping(reading: Reading, node: ParserRuleContext): Expression[] {
  const { grammar } = reading;
  take(reading, node);
  if (node instanceof grammar.SetQuantifierContext) return [];
  if (node instanceof grammar.GroupingTermContext) {
    const column = node.columnRef();
    return [column ? readColumn(reading, column) : readExpression(reading, present(node.expression(), node))];
  }
  return childNodes(node).flatMap((child) => readGrouping(reading, child));
}
