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
  throw new SqlRefused("not-sql", "the text can't be written unambiguously: simplify it", first ? placeOf(first) : { line: 1, column: 1 });
}

type Word = { type: number; text: string };

function sameTokens(text: string, expected: readonly Word[]): boolean {
  const tokens = visibleTokens(tokenize(text));
  return (
    tokens.length === expected.length &&
    tokens.every((token, index) => token.type === expected[index]?.type && token.text === expected[index]?.text)
  );
}

/** One space between tokens but where people write none, a new line where a clause of a query begins. */
function written(tokens: readonly Word[]): string {
  const brackets: boolean[] = [];
  let text = "";
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (closes(token)) brackets.pop();
    const inQuery = brackets.at(-1) ?? true;
    if (before && inQuery && beginsClause(token, before)) text += `\n${"  ".repeat(brackets.length)}`;
    else if (before && !touches(before, token)) text += " ";
    text += token.text;
    if (opens(token)) brackets.push(isWord(tokens[index + 1], "select", "with", "values"));
  });
  return text;
}

const clauses = ["select", "from", "where", "group", "having", "order", "limit", "union", "except", "intersect", "and"];
const joins = ["join", "left", "right", "full", "inner", "cross"];

function beginsClause(token: Word, before: Word): boolean {
  if (isWord(before, "distinct") && isWord(token, "from")) return false;
  if (isWord(token, ...clauses)) return !opens(before);
  return isWord(token, ...joins) && !isWord(before, ...joins, "outer");
}

function touches(before: Word, token: Word): boolean {
  const { IDENTIFIER, QUOTED_IDENTIFIER } = loadTrinoParser().TrinoSqlLexer;
  if (closes(token) || token.text === "," || token.text === "." || before.text === "." || opens(before)) return true;
  return (token.text === "(" || token.text === "[") && (before.type === IDENTIFIER || before.type === QUOTED_IDENTIFIER);
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
