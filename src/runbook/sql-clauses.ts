import { atStart, SqlRefused } from "../sql/refusal.ts";
import { placeOf, tokenize, visibleTokens } from "../sql/tokens.ts";

type Token = ReturnType<typeof visibleTokens>[number];

/**
 * Joins conditions to the outermost WHERE with AND, on tokens: comments and quotes are not mistaken for SQL, and a
 * condition with an OR of its own is put in brackets. Both come from the runbook's file; what they make together is
 * analysed as one text afterwards.
 *
 * @throws SqlRefused when there is not exactly one outermost WHERE, or a clause is no condition of its own.
 */
export function joinClauses(text: string, clauses: readonly string[]): string {
  if (clauses.length === 0) return text;
  const tokens = visibleTokens(tokenize(text));
  const condition = outermostCondition(tokens);
  const [first, last] = [condition[0], condition.at(-1)];
  if (!first || !last) throw refused("the WHERE has no condition");
  const points = Array.from(text); // tokens count code points
  const own = points.slice(first.start, last.stop + 1).join("");
  return [
    points.slice(0, first.start).join(""),
    [hasOuterOr(condition) ? `(${own})` : own, ...clauses.map(clauseText)].join("\n  AND "),
    points.slice(last.stop + 1).join(""),
  ].join("");
}

export type SqlHole = {
  name: string;
  /** Alone between the brackets of `IN ( )`. */
  isOnlyChoice: boolean;
};

/** Every `:name` of a text, in order; none when the text can't be split into tokens (which SQL01 says). */
export function sqlHoles(text: string): SqlHole[] {
  const tokens = safeTokens(text);
  return holesOf(tokens).map(({ name, at }) => {
    const [before2, before, , , after] = [-2, -1, 0, 1, 2].map((step) =>
      tokens[at + step]?.text?.toLowerCase(),
    );
    return {
      name,
      isOnlyChoice: before2 === "in" && before === "(" && after === ")",
    };
  });
}

/** The words and signs of a text in lower case, without comments; none when they can't be told apart. */
export function sqlWords(text: string): string[] {
  return safeTokens(text).map((token) => (token.text ?? "").toLowerCase());
}

function safeTokens(text: string): Token[] {
  try {
    return visibleTokens(tokenize(text));
  } catch (error) {
    if (error instanceof SqlRefused) return [];
    throw error;
  }
}

const after = ["group", "having", "window", "order", "offset", "limit", "fetch"];
const sets = ["union", "except", "intersect"];

function outermostCondition(tokens: readonly Token[]): Token[] {
  const top = outer(tokens);
  const wheres = top.filter((token) => isWord(token, ["where"]));
  const [where, second] = wheres;
  if (!where || second || top.some((token) => isWord(token, sets)))
    throw refused(
      "optional clauses need exactly one outermost WHERE, and no UNION, EXCEPT or INTERSECT beside it",
    );
  const end = top.find((token) => token.start > where.start && isWord(token, after));
  return tokens.filter((token) => token.start > where.start && (!end || token.start < end.start));
}

function clauseText(clause: string): string {
  const tokens = visibleTokens(tokenize(clause));
  const stray = outer(tokens).find((token) => isWord(token, ["where", ...after, ...sets]));
  if (stray || tokens.length === 0)
    throw new SqlRefused(
      "not-supported",
      "an optional clause is one condition",
      stray ? placeOf(stray) : atStart,
    );
  // Without its comments, one of which could swallow what comes after.
  const points = Array.from(clause);
  const text = tokens.map((token, at) => {
    const gap = (tokens[at - 1]?.stop ?? -1) + 1 < token.start && at > 0 ? " " : "";
    return gap + points.slice(token.start, token.stop + 1).join("");
  });
  return hasOuterOr(tokens) ? `(${text.join("")})` : text.join("");
}

/** The tokens outside of all brackets. Throws when brackets are not paired. */
function outer(tokens: readonly Token[]): Token[] {
  let depth = 0;
  const found: Token[] = [];
  for (const token of tokens) {
    if (token.text === "(" || token.text === "[") depth++;
    else if (token.text === ")" || token.text === "]") {
      depth--;
      if (depth < 0) throw new SqlRefused("not-sql", "a bracket closes that was not opened", placeOf(token));
    } else if (depth === 0) found.push(token);
  }
  if (depth > 0) throw refused("a bracket is not closed");
  return found;
}

function hasOuterOr(tokens: readonly Token[]): boolean {
  return outer(tokens).some((token) => isWord(token, ["or"]));
}

function holesOf(tokens: readonly Token[]): { name: string; at: number }[] {
  return tokens.flatMap((token, at) => {
    const name = tokens[at + 1];
    if (token.text !== ":" || !name || name.start !== token.stop + 1) return [];
    return [{ name: name.text ?? "", at }];
  });
}

function isWord(token: Token | undefined, words: readonly string[]): boolean {
  return words.includes(token?.text?.toLowerCase() ?? "");
}

function refused(message: string): SqlRefused {
  return new SqlRefused("not-supported", message, atStart);
}
