import { loadTrinoParser } from "../../src/sql/load-trino-parser.ts";

/**
 * Every text that Trino's lexer is given in this thread from now on; its parser reads nothing else. Another thread
 * loads a lexer of its own, so what is read there is not among them.
 */
export function textsLexedHere(): Disposable & { readonly texts: readonly string[] } {
  const { prototype } = loadTrinoParser().TrinoSqlLexer;
  const nextToken = prototype.nextToken;
  const seen = new WeakSet<object>();
  const texts: string[] = [];
  prototype.nextToken = function (this: typeof prototype) {
    if (!seen.has(this)) texts.push(this.inputStream.getText(0, this.inputStream.size - 1));
    seen.add(this);
    return nextToken.call(this);
  };
  return {
    texts,
    [Symbol.dispose]() {
      prototype.nextToken = nextToken;
    },
  };
}
