import { BaseErrorListener, CharStreams, CommonTokenStream, Token } from "antlr4ng";
import type { ATNSimulator, RecognitionException, Recognizer } from "antlr4ng";
import { loadTrinoParser } from "./load-trino-parser.ts";
import { atStart, SqlRefused } from "./refusal.ts";
import type { Place } from "./refusal.ts";

/**
 * What any text may be before its tokens are looked at more closely. Judged on tokens because the parser's own time
 * explodes: 3,000 nested brackets took 12 s and the stack. What it may take is held by `refuseCostlyText`.
 */
const textLimits = { bytes: 64 * 1024, tokens: 12_000, depth: 80 } as const;

/** The tokens of a text that the parser will read, comments and whitespace on their hidden channel. */
export type TokenStream = CommonTokenStream;

/**
 * Splits a text into Trino's tokens and holds it to `textLimits`. One `;` at the very end is dropped.
 *
 * @throws SqlRefused for a character that no token begins with, a `;` inside, and a text over a limit.
 */
export function tokenize(text: string): TokenStream {
  if (Buffer.byteLength(text) > textLimits.bytes)
    throw new SqlRefused(
      "too-long",
      `the text is longer than ${textLimits.bytes} bytes: ask for less`,
      atStart,
    );
  const { TrinoSqlLexer } = loadTrinoParser();
  const lexer = new TrinoSqlLexer(CharStreams.fromString(text.replace(/;\s*$/, "")));
  lexer.removeErrorListeners();
  lexer.addErrorListener(new ThrowingListener());
  const stream = new CommonTokenStream(lexer);
  stream.fill();
  const tokens = visibleTokens(stream);
  if (tokens.length > textLimits.tokens)
    throw new SqlRefused(
      "too-long",
      `the text has more than ${textLimits.tokens} words and signs: ask for less`,
      atStart,
    );
  let depth = 0;
  for (const token of tokens) {
    refuseUnreadable(token);
    if (opening.has(token.text ?? "")) depth += 1;
    if (closing.has(token.text ?? "")) depth -= 1;
    if (depth > textLimits.depth)
      throw new SqlRefused(
        "too-deep",
        `brackets are nested deeper than ${textLimits.depth}: flatten the query`,
        placeOf(token),
      );
  }
  return stream;
}

/** The tokens that carry meaning: no comments, no whitespace, no end mark. */
export function visibleTokens(stream: TokenStream): Token[] {
  return stream
    .getTokens()
    .filter((token) => token.channel === Token.DEFAULT_CHANNEL && token.type !== Token.EOF);
}

export function placeOf(token: Token): Place {
  return { line: token.line, column: token.column + 1 };
}

/** Turns what a lexer or parser would print, and then repair by guessing, into a refusal. */
export class ThrowingListener extends BaseErrorListener {
  override syntaxError<S extends Token, T extends ATNSimulator>(
    _recognizer: Recognizer<T>,
    _symbol: S | null,
    line: number,
    column: number,
    message: string,
    _cause: RecognitionException | null,
  ): void {
    throw new SqlRefused("not-sql", `this is not Trino SQL: ${shortened(message)}`, {
      line,
      column: column + 1,
    });
  }
}

const opening = new Set(["(", "[", "{"]);
const closing = new Set([")", "]", "}"]);

function refuseUnreadable(token: Token): void {
  const { TrinoSqlLexer } = loadTrinoParser();
  if (token.type === TrinoSqlLexer.SEMICOLON)
    throw new SqlRefused(
      "several-statements",
      "`;` separates statements: send one statement",
      placeOf(token),
    );
  if (token.type === TrinoSqlLexer.UNRECOGNIZED)
    throw new SqlRefused(
      "not-sql",
      `the character ${shownCharacter(token.text ?? "")} has no meaning here: remove it`,
      placeOf(token),
    );
}

function shortened(message: string): string {
  return message.length > 160 ? `${message.slice(0, 160)}…` : message;
}

/** An invisible or look-alike character is named by its code. */
function shownCharacter(text: string): string {
  const code = (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return /^[\x21-\x7e]$/.test(text) ? `\`${text}\`` : `U+${code}`;
}
