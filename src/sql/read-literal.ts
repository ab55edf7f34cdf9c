import type { ParserRuleContext } from "antlr4ng";
import type { IntervalContext } from "dt-sql-parser/dist/lib/trino/TrinoSqlParser.js";
import { identifierName } from "./identifiers.ts";
import type { Expression } from "./syntax.ts";
import { placeOfNode, present, shortText, take, takeAll, unsupported } from "./tree-reading.ts";
import type { Reading } from "./tree-reading.ts";

/** Reads a value that is written out; undefined when the node is something else. */
export function readLiteral(reading: Reading, node: ParserRuleContext): Expression | undefined {
  const { grammar } = reading;
  const place = placeOfNode(node);
  if (node instanceof grammar.StringLiteralContext) return readLiteral(reading, take(reading, node.string()));
  if (node instanceof grammar.BasicStringLiteralContext)
    return { kind: "text", place, value: unquoted(node) };
  if (node instanceof grammar.UnicodeStringLiteralContext)
    return unsupported(node, "U&'…'", "write the characters themselves");
  if (node instanceof grammar.NumericLiteralContext)
    return { kind: "number", place, text: takeAll(reading, node.number()).getText() };
  if (node instanceof grammar.BooleanLiteralContext)
    return {
      kind: "boolean",
      place,
      value: takeAll(reading, node.booleanValue()).getText().toLowerCase() === "true",
    };
  if (node instanceof grammar.NullLiteralContext) return { kind: "null", place };
  if (node instanceof grammar.IntervalLiteralContext)
    return readLiteral(reading, take(reading, node.interval()));
  if (node instanceof grammar.IntervalContext) return readInterval(reading, node);
  if (node instanceof grammar.TypeConstructorContext) {
    const name = node.identifier();
    const type = name ? identifierName(reading, name) : "double precision";
    const value = readLiteral(reading, take(reading, node.string()));
    return value?.kind === "text" ? { kind: "typed-text", place, type, value: value.value } : undefined;
  }
  return undefined;
}

function readInterval(reading: Reading, node: IntervalContext): Expression {
  for (const field of node.intervalField()) takeAll(reading, field);
  const value = readLiteral(reading, take(reading, node.string()));
  if (value?.kind !== "text") return unsupported(node, `\`${shortText(node)}\``);
  return {
    kind: "interval",
    place: placeOfNode(node),
    negative: node._sign?.text === "-",
    value: value.value,
    unit: present(node._from_, node).getText().toLowerCase(),
    ...(node._to && { to: node._to.getText().toLowerCase() }),
  };
}

function unquoted(node: ParserRuleContext): string {
  return node.getText().slice(1, -1).replaceAll("''", "'");
}
