import { tokenize, type Token } from "./expression-tokens.ts";
import type { Path, PathName, PathPart } from "./expressions.ts";
import { isReservedWord } from "./reserved-words.ts";
import { RequestError } from "./request-error.ts";

/** Walks over the tokens of one expression; both parsers (projection, condition) are built on it. */
export class ExpressionReader {
  readonly where: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(expression: string, where: string) {
    this.where = where;
    this.#tokens = tokenize(expression, where);
  }

  /** The next token without taking it. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#position + ahead] ?? { kind: "end", text: "", at: 0 };
  }

  take(): Token {
    const token = this.peek();
    this.#position += 1;
    return token;
  }

  /** Takes the symbol if it comes next. */
  takeSymbol(symbol: string): boolean {
    const found = this.peek().kind === "symbol" && this.peek().text === symbol;
    if (found) this.#position += 1;
    return found;
  }

  /** Keywords ignore case, as in DynamoDB. */
  takeKeyword(keyword: string): boolean {
    const found = this.peek().kind === "name" && this.peek().text.toUpperCase() === keyword;
    if (found) this.#position += 1;
    return found;
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) this.fail(`"${symbol}"`);
  }

  expectEnd(): void {
    if (this.peek().kind !== "end") this.fail("its end");
  }

  /** `name`, `#alias`, `a.b`, `a[0]`. Throws on a reserved word written bare. */
  path(): Path {
    const parts: [PathName, ...PathPart[]] = [this.#pathName()];
    for (;;) {
      if (this.takeSymbol(".")) {
        parts.push(this.#pathName());
      } else if (this.takeSymbol("[")) {
        const position = this.take();
        if (position.kind !== "number") this.fail("a list position", position);
        parts.push({ kind: "position", index: Number(position.text) });
        this.expectSymbol("]");
      } else {
        return parts;
      }
    }
  }

  fail(expected: string, token: Token = this.peek()): never {
    const found = token.kind === "end" ? "its end" : JSON.stringify(token.text);
    throw new RequestError(
      "syntax",
      `${this.where}: expected ${expected} at character ${token.at + 1}, found ${found}.`,
    );
  }

  #pathName(): PathName {
    const token = this.take();
    if (token.kind === "alias") return { kind: "alias", text: token.text };
    if (token.kind !== "name") this.fail("an attribute", token);
    if (isReservedWord(token.text)) {
      throw new RequestError(
        "reserved-word",
        `${this.where}: "${token.text}" is a reserved word of DynamoDB; write a placeholder such as #${token.text.toLowerCase()} and define it in ExpressionAttributeNames.`,
      );
    }
    return { kind: "name", text: token.text };
  }
}
