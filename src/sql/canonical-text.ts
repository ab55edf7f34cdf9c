import { loadTrinoParser } from "./load-trino-parser.ts";
import { SqlRefused } from "./refusal.ts";
import { placeOf, tokenize, visibleTokens } from "./tokens.ts";
import type { TokenStream } from "./tokens.ts";

/**
 * The one text of a query: its tokens written anew, without comments, odd whitespace and line ends of other systems.
 *
 * This is what is hashed, shown to approvers and executed, never the text that was typed: where our lexer and Athena's
 * might differ (what ends a comment, what is a space) nothing is left to differ about. Lines break where clauses begin.
 * Proven before it is returned: it has the very tokens it was made of.
 */
export function canonicalText(stream: TokenStream): string {
  const tokens = visibleTokens(stream).map(({ type, text }) => ({ type, text: text ?? "" }));
  const spoken = written(tokens);
  if (sameTokens(spoken, tokens)) return spoken;
  const plain = tokens.map((token) => token.text).join(" ");
  if (sameTokens(plain, tokens)) return plain;
  const [first] = visibleTokens(stream);
  throw new SqlRefused(
    "not-sql",
    "the text can't be written unambiguously: simplify it",
    first ? placeOf(first) : { line: 1, column: 1 },
  );
}

type Word = { type: number; text: string };

function sameTokens(text: string, expected: readonly Word[]): boolean {
  const tokens = visibleTokens(tokenize(text));
  return (
    tokens.length === expected.length &&
    tokens.every(
      (token, index) => token.type === expected[index]?.type && token.text === expected[index]?.text,
    )
  );
}

/** One space between tokens but where people write none, a new line where a clause of a query begins. */
function written(tokens: readonly Word[]): string {
  const brackets: Bracket[] = [{ query: true, between: false }];
  let text = "";
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (closes(token)) brackets.pop();
    const bracket = brackets.at(-1);
    if (before && bracket && beginsLine(token, before, bracket)) {
      const indent = brackets.length - (isWord(token, "and") ? 0 : 1);
      text += `\n${"  ".repeat(indent)}`;
    } else if (before && !touches(before, token)) text += " ";
    text += token.text;
    if (bracket && isWord(token, "between")) bracket.between = true;
    else if (bracket && isWord(token, "and")) bracket.between = false;
    if (opens(token)) brackets.push({ query: isWord(tokens[index + 1], "select", "with"), between: false });
  });
  return text;
}

/** What is open at a place: brackets round a query or others, and a BETWEEN that waits for its AND. */
type Bracket = { query: boolean; between: boolean };

const clauses = [
  "select",
  "from",
  "where",
  "group",
  "having",
  "order",
  "limit",
  "union",
  "except",
  "intersect",
];
const joins = ["join", "left", "right", "full", "inner", "cross"];

function beginsLine(token: Word, before: Word, bracket: Bracket): boolean {
  if (!bracket.query || opens(before)) return false;
  if (isWord(token, "and")) return !bracket.between;
  if (isWord(token, "from")) return !isWord(before, "distinct");
  return isWord(token, ...clauses) || (isWord(token, ...joins) && !isWord(before, ...joins, "outer"));
}

function touches(before: Word, token: Word): boolean {
  const { IDENTIFIER, QUOTED_IDENTIFIER } = loadTrinoParser().TrinoSqlLexer;
  if (closes(token) || token.text === "," || token.text === "." || before.text === "." || opens(before))
    return true;
  return (
    (token.text === "(" || token.text === "[") &&
    (before.type === IDENTIFIER || before.type === QUOTED_IDENTIFIER)
  );
}

function opens({ text }: Word): boolean {
  return text === "(" || text === "[";
}

function closes({ text }: Word): boolean {
  return text === ")" || text === "]";
}

function isWord(token: Word | undefined, ...words: string[]): boolean {
  return token !== undefined && words.includes(token.text.toLowerCase());
}
