import type { PatternPart } from "./policy-variables.ts";

/**
 * Whether the whole text fits: `*` is any number of characters, `?` exactly one. Case counts. Written by
 * hand because a regular expression with many `*` can take exponential time on hostile text.
 */
export function matchPattern(pattern: readonly PatternPart[], text: string): boolean {
  const [only, ...others] = pattern;
  if (only?.kind === "text" && others.length === 0) return only.text === text;
  const tokens = pattern.flatMap(tokensOf);
  const characters = Array.from(text);
  let token = 0;
  let character = 0;
  /** Where the last `*` stands and how many characters it has taken so far: the only place to come back to. */
  let star: { token: number; character: number } | undefined;
  while (character < characters.length) {
    const expected = tokens[token];
    if (expected === anyCharacters) {
      star = { token, character };
      token += 1;
    } else if (expected === oneCharacter || (expected !== undefined && expected === characters[character])) {
      token += 1;
      character += 1;
    } else if (star) {
      star.character += 1;
      token = star.token + 1;
      character = star.character;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === anyCharacters);
}

const anyCharacters = Symbol("*");
const oneCharacter = Symbol("?");

type Token = string | typeof anyCharacters | typeof oneCharacter;

function tokensOf(part: PatternPart): Token[] {
  if (part.kind === "text") return Array.from(part.text);
  return [part.kind === "any-characters" ? anyCharacters : oneCharacter];
}
