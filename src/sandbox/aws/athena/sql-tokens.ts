export type SqlToken = {
  kind: "word" | "quoted" | "string" | "number" | "comment" | "space" | "symbol";
  text: string;
  /** Offset in the text that was read. */
  at: number;
};

const pattern =
  /(?<space>\s+)|(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_][\w$@:]*)|(?<symbol>[\s\S])/gu;

/** Splits SQL into tokens that put together give the same text, so that nothing inside quotes or comments is ever taken for SQL. */
export function sqlTokens(sql: string): SqlToken[] {
  return [...sql.matchAll(pattern)].map((match) => {
    const [kind = "symbol"] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
    return { kind: kind as SqlToken["kind"], text: match[0], at: match.index };
  });
}

export function joined(tokens: readonly SqlToken[]): string {
  return tokens.map((token) => token.text).join("");
}

/** Without what a grammar skips. */
export function meaningful(tokens: readonly SqlToken[]): SqlToken[] {
  return tokens.filter(({ kind }) => kind !== "space" && kind !== "comment");
}

/** Index of the `)` that closes the `(` at `open`; -1 when there is none. */
export function closing(tokens: readonly SqlToken[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const { text, kind } = tokens[index] ?? { text: "", kind: "space" };
    if (kind !== "symbol") continue;
    if (text === "(") depth += 1;
    if (text === ")" && (depth -= 1) === 0) return index;
  }
  return -1;
}

/** `line 2:15`: Trino counts both from 1. */
export function lineAndColumn(sql: string, offset: number): string {
  const before = sql.slice(0, Math.max(0, offset)).split("\n");
  return `line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
