import { loadTrinoParser } from "./load-trino-parser.ts";
import { tokenize, visibleTokens } from "./tokens.ts";

/**
 * A canonical text with each `?` replaced by its literal, for statements that take no `ExecutionParameters`. Only what
 * Trino's lexer reads as a parameter is replaced: a `?` inside of quotes is none.
 *
 * @param literals one for each `?`, in order, as `encodeLiteral` gives them
 */
export function inlineLiterals(canonical: string, literals: readonly string[]): string {
  const { QUESTION_MARK } = loadTrinoParser().TrinoSqlLexer;
  const holes = visibleTokens(tokenize(canonical)).filter(({ type }) => type === QUESTION_MARK);
  if (holes.length !== literals.length)
    throw new TypeError(`there are ${holes.length} ? and ${literals.length} literals`);
  const characters = Array.from(canonical); // the lexer counts code points
  holes.forEach(({ start }, at) => {
    characters[start] = literals[at] ?? "";
  });
  return characters.join("");
}
