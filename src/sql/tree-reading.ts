import { ParserRuleContext } from "antlr4ng";
import { loadTrinoParser } from "./load-trino-parser.ts";
import type { Trino } from "./load-trino-parser.ts";
import { atStart, SqlRefused } from "./refusal.ts";
import type { Place } from "./refusal.ts";
import { placeOf, visibleTokens } from "./tokens.ts";
import type { TokenStream } from "./tokens.ts";

/**
 * One pass over a parse tree. Every node that a reader understands is taken; `refuseLeftovers` then refuses a tree with
 * a node that nobody took, so that a grammar that grows can't slip a clause past the readers. `holes` are the token
 * indexes of the `?`, in the order of the text.
 */
export type Reading = { grammar: Trino; taken: Set<ParserRuleContext>; holes: readonly number[] };

export function startReading(stream: TokenStream): Reading {
  const holes = visibleTokens(stream).filter((token) => token.text === "?");
  return { grammar: loadTrinoParser(), taken: new Set(), holes: holes.map((token) => token.tokenIndex) };
}

export function take<T extends ParserRuleContext>(reading: Reading, node: T): T {
  reading.taken.add(node);
  return node;
}

/** Takes a node with all below it: for identifiers, types and keywords, which hold no expression and no relation. */
export function takeAll<T extends ParserRuleContext>(reading: Reading, node: T): T {
  take(reading, node);
  for (const child of childNodes(node)) takeAll(reading, child);
  return node;
}

export function childNodes(node: ParserRuleContext): ParserRuleContext[] {
  return (node.children ?? []).filter((child) => child instanceof ParserRuleContext);
}

export function placeOfNode(node: ParserRuleContext): Place {
  return node.start ? placeOf(node.start) : atStart;
}

/** A child that the grammar promises, but that the tolerant parser's types leave open. */
export function present<T>(child: T | null | undefined, node: ParserRuleContext): T {
  if (child === null || child === undefined) return unsupported(node, "an incomplete clause");
  return child;
}

export function unsupported(
  node: ParserRuleContext,
  what: string,
  instead = "write the query without it",
): never {
  throw new SqlRefused("not-supported", `${what} is not supported: ${instead}`, placeOfNode(node));
}

export function refuseLeftovers(reading: Reading, node: ParserRuleContext): void {
  if (!reading.taken.has(node)) unsupported(node, `\`${shortText(node)}\``);
  for (const child of childNodes(node)) refuseLeftovers(reading, child);
}

export function shortText(node: ParserRuleContext): string {
  const text = node.getText();
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
