import { SqlRefused } from "./refusal.ts";
import { placeOf, tokenize, visibleTokens } from "./tokens.ts";

/** A text whose holes are `?`, as Athena wants them, and the name of each, in the order of the text. */
export type PositionalText = { text: string; names: readonly string[] };

/**
 * Replaces each `:name` of a runbook's text with `?`, keeping every other character at its place. What stands in quotes
 * or comments is not touched: a hole is a token, not a match in the text.
 *
 * @throws SqlRefused for a `:` that no name follows at once and for a bare `?`.
 */
export function positionalText(text: string): PositionalText {
  const tokens = visibleTokens(tokenize(text));
  // Token positions count code points, as the lexer reads them, not UTF-16 units.
  const points = [...text];
  const names: string[] = [];
  let result = "";
  let copied = 0;
  tokens.forEach((token, index) => {
    if (token.text === "?")
      throw new SqlRefused("parameter", "a bare ? has no name: write :name", placeOf(token));
    if (token.text !== ":") return;
    const name = tokens[index + 1];
    if (!name || name.start !== token.stop + 1 || !/^[a-z][a-z0-9_]*$/i.test(name.text ?? ""))
      throw new SqlRefused("parameter", "a : must be followed by a parameter's name, like :day_from", placeOf(token));
    names.push(name.text ?? "");
    result += `${points.slice(copied, token.start).join("")}?${" ".repeat(name.stop - token.start)}`;
    copied = name.stop + 1;
  });
  return { text: result + points.slice(copied).join(""), names };
}
