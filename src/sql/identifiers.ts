import type { ParserRuleContext } from "antlr4ng";
import { SqlRefused } from "./refusal.ts";
import { placeOfNode, takeAll } from "./tree-reading.ts";
import type { Reading } from "./tree-reading.ts";

/**
 * The name that an identifier stands for, in lower case as Trino compares it.
 *
 * Only printable ASCII without quotes inside: two names that look alike must be alike. Back quotes and names that begin
 * with a digit are not Trino's and are refused.
 */
export function identifierName(reading: Reading, node: ParserRuleContext): string {
  const { grammar } = reading;
  const text = takeAll(reading, node).getText();
  if (node instanceof grammar.UnquotedIdentifierContext && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text))
    return text.toLowerCase();
  const quoted = text.slice(1, -1);
  if (node instanceof grammar.QuotedIdentifierContext && /^[\x20\x21\x23-\x7e]+$/.test(quoted))
    return quoted.toLowerCase();
  throw new SqlRefused(
    "identifier",
    `the name ${JSON.stringify(text)} is not plain ASCII: write letters, digits and _, in "double quotes" if Trino needs them`,
    placeOfNode(node),
  );
}

/** The parts of a dotted name, from left to right. */
export function nameParts(
  reading: Reading,
  node: ParserRuleContext & { identifier(): ParserRuleContext[] },
): string[] {
  reading.taken.add(node);
  return node.identifier().map((part) => identifierName(reading, part));
}
