import type { Token } from "antlr4ng";
import { SqlRefused } from "./refusal.ts";
import type { ParameterHole } from "./sql-analysis.ts";
import { placeOf, tokenize, visibleTokens } from "./tokens.ts";

/** A text whose holes are `?`, as Athena wants them, and what each stands for, in the order of the text. */
export type PositionalText = { text: string; holes: readonly ParameterHole[] };

/**
 * Replaces each `:name` of a runbook's text with `?`, or with as many as `listSizes` says for a list in `IN (:name)`.
 * Every other character is kept, at its place unless a list stands before it on its line. What stands in quotes or
 * comments is not touched: a hole is a token, not a match in the text.
 *
 * @throws SqlRefused for a `:` that no name follows at once, for a bare `?`, and for a list outside IN.
 */
export function positionalText(text: string, listSizes: Readonly<Record<string, number>>): PositionalText {
  const tokens = visibleTokens(tokenize(text));
  // Token positions count code points, as the lexer reads them, not UTF-16 units.
  const points = Array.from(text);
  const holes: ParameterHole[] = [];
  let result = "";
  let copied = 0;
  tokens.forEach((token, index) => {
    if (token.text === "?")
      throw new SqlRefused("parameter", "a bare ? has no name: write :name", placeOf(token));
    if (token.text !== ":") return;
    const { name, stop } = nameAfter(token, tokens[index + 1]);
    const isList = Object.hasOwn(listSizes, name);
    if (isList) refuseOutsideIn(tokens, index, name);
    const items = Array.from({ length: isList ? (listSizes[name] ?? 1) : 1 }, (_, item) => ({ name, item }));
    holes.push(...items);
    const marks = items.map(() => "?").join(", ");
    result += points.slice(copied, token.start).join("") + marks.padEnd(stop + 1 - token.start);
    copied = stop + 1;
  });
  return { text: result + points.slice(copied).join(""), holes };
}

function nameAfter(colon: Token, next: Token | undefined): { name: string; stop: number } {
  const name = next?.text ?? "";
  if (next?.start !== colon.stop + 1 || !/^[a-z][a-z0-9_]*$/i.test(name))
    throw new SqlRefused(
      "parameter",
      "a : must be followed by a parameter's name, like :day_from",
      placeOf(colon),
    );
  return { name, stop: next.stop };
}

function refuseOutsideIn(tokens: readonly Token[], colon: number, name: string): void {
  const [before, open, close] = [tokens[colon - 2], tokens[colon - 1], tokens[colon + 2]].map(
    (token) => token?.text,
  );
  if (before?.toLowerCase() === "in" && open === "(" && close === ")") return;
  const [token] = tokens.slice(colon);
  if (token) throw new SqlRefused("parameter", `:${name} is a list: write IN (:${name})`, placeOf(token));
}
