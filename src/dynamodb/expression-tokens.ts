import { RequestError } from "./request-error.ts";

export type Token = {
  kind: "name" | "alias" | "value" | "number" | "symbol" | "end";
  /** As written, with `#` or `:`. Empty at the end. */
  text: string;
  /** Characters before it in the expression. */
  at: number;
};

/** DynamoDB's limit of one expression string (Developer Guide, "Quotas", expression parameters). */
const maxExpressionBytes = 4096;

/**
 * Splits an expression into names, `#aliases`, `:values`, list positions and symbols. Whatever else stands
 * there is refused, so that no part of an expression goes unread. `where` names the expression in errors.
 */
export function tokenize(expression: string, where: string): Token[] {
  if (Buffer.byteLength(expression) > maxExpressionBytes) {
    throw new RequestError("syntax", `${where} is longer than ${maxExpressionBytes} bytes.`);
  }
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += /^[ \t\r\n]*/u.exec(expression.slice(at))?.[0].length ?? 0;
    const rest = expression.slice(at);
    if (!rest) return [...tokens, { kind: "end", text: "", at }];
    const token = readToken(rest, at);
    if (!token || sticksTo(tokens.at(-1), token)) {
      throw new RequestError("syntax", `${where}: ${quote(rest)} is not understood at character ${at + 1}.`);
    }
    tokens.push(token);
    at += token.text.length;
  }
}

const patterns: readonly [Token["kind"], RegExp][] = [
  // A bare name that starts with a digit or an underscore is a syntax error in DynamoDB, too.
  ["name", /^[A-Za-z][A-Za-z0-9_]*/u],
  ["alias", /^#[A-Za-z0-9_]+/u],
  ["value", /^:[A-Za-z0-9_]+/u],
  ["number", /^[0-9]+(?![A-Za-z_])/u],
  ["symbol", /^(?:<>|<=|>=|[=<>(),.[\]])/u],
];

function readToken(rest: string, at: number): Token | undefined {
  for (const [kind, pattern] of patterns) {
    const text = pattern.exec(rest)?.[0];
    if (text !== undefined) return { kind, text, at };
  }
  return undefined;
}

/** Two words without a space between them, as in `BETWEEN:low`. */
function sticksTo(previous: Token | undefined, token: Token): boolean {
  if (!previous || previous.kind === "symbol" || token.kind === "symbol") return false;
  return previous.at + previous.text.length === token.at;
}

function quote(rest: string): string {
  return JSON.stringify(Array.from(rest).slice(0, 12).join(""));
}
