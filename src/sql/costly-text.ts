import type { Token } from "antlr4ng";
import { loadTrinoParser } from "./load-trino-parser.ts";
import { atStart, SqlRefused } from "./refusal.ts";
import { placeOf, visibleTokens } from "./tokens.ts";
import type { TokenStream } from "./tokens.ts";

/**
 * What a text may hold before the grammar sees it. The parser's time doubles with each bracket that is no call's, once
 * such a bracket holds a query (ten of them took 2 s, three round each of four queries 24 s), and grows steeply with
 * lambdas in lambdas. Texts of strangers wait for each other in one thread, so theirs are held closer than a runbook's,
 * which are reviewed.
 */
const caps = {
  reviewed: { depth: 80, selectDepth: 10, bareDepth: 6, arrows: 100, tokens: 12_000 },
  stranger: { depth: 20, selectDepth: 5, bareDepth: 4, arrows: 10, tokens: 3_000 },
} as const;

/** @throws SqlRefused for a text that would take the parser long. */
export function refuseCostlyText(stream: TokenStream, writer: keyof typeof caps): void {
  const cap = caps[writer];
  const tokens = visibleTokens(stream);
  if (tokens.length > cap.tokens)
    throw new SqlRefused(
      "too-long",
      `the text has more than ${cap.tokens} words and signs: ask for less`,
      atStart,
    );
  const brackets: Bracket[] = [];
  let arrows = 0;
  tokens.forEach((token, index) => {
    const word = wordOf(token);
    const tooDeep = (message: string) => new SqlRefused("too-deep", message, placeOf(token));
    if (opening.has(word)) brackets.push({ bare: isBare(token, tokens[index - 1]), query: false });
    else if (closing.has(word)) brackets.pop();
    else if (word === "->") arrows += 1;
    if (brackets.length > cap.depth)
      throw tooDeep(`brackets and CASEs are nested deeper than ${cap.depth}: flatten the query`);
    if (queryWords.has(word)) {
      for (const bracket of brackets) if (bracket.bare) bracket.query = true;
      if (brackets.length > cap.selectDepth)
        throw tooDeep(`a query stands inside more than ${cap.selectDepth} brackets: name its parts by WITH`);
    }
    if (bareInQuery(brackets) > cap.bareDepth)
      throw tooDeep(
        `more than ${cap.bareDepth} brackets are nested from a sub-query on: remove some, or name it by WITH`,
      );
    if (arrows > cap.arrows) throw tooDeep(`the text has more than ${cap.arrows} lambdas: split it`);
  });
}

/** `bare`: nothing before it says what it is for, as a function's name would. */
type Bracket = { bare: boolean; query: boolean };

/** The bare brackets that are open, from the first one that holds a query. */
function bareInQuery(brackets: readonly Bracket[]): number {
  const first = brackets.findIndex(({ query }) => query);
  return first < 0 ? 0 : brackets.slice(first).filter(({ bare }) => bare).length;
}

function isBare(bracket: Token, before: Token | undefined): boolean {
  const { IDENTIFIER, QUOTED_IDENTIFIER } = loadTrinoParser().TrinoSqlLexer;
  if (!before || bracket.text !== "(") return true;
  const isName = before.type === IDENTIFIER || before.type === QUOTED_IDENTIFIER;
  return !isName && !namesUse.has(wordOf(before));
}

function wordOf(token: Token): string {
  return (token.text ?? "").toLowerCase();
}

/** CASE … END is a bracket like others. */
const opening = new Set(["(", "[", "{", "case"]);
const closing = new Set([")", "]", "}", "end"]);
const queryWords = new Set(["select", "values", "table", "with"]);
/** Words that say what the bracket after them is for. */
const namesUse = new Set(["in", "exists", "from", "join", "as", "lateral", "unnest"]);
