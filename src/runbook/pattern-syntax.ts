import { anyButLineEnds, complement, digits, single, spaces, union, wordChars } from "./char-set.ts";
import type { CharSet } from "./char-set.ts";

/** The part of ECMAScript's regular expressions that a runbook may use: no look-around, no back-reference. */
export type PatternNode =
  | { kind: "chars"; set: CharSet }
  | { kind: "sequence"; items: PatternNode[] }
  | { kind: "choice"; items: PatternNode[] }
  | { kind: "repeat"; item: PatternNode; min: number; max: number };

/** Thrown for whatever a pattern may not contain; the message is a sentence for the author. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Parses an anchored pattern; the result is what stands between `^` and `$`. */
export function parsePattern(pattern: string): PatternNode {
  if (!pattern.startsWith("^") || !pattern.endsWith("$"))
    throw new PatternError("it is not anchored with ^ and $");
  const reader = new Reader(pattern.slice(1, -1));
  const node = choice(reader);
  if (!reader.done) throw new PatternError(`${reader.peek()} is not expected here`);
  // `^a|b$` means (^a)|(b$): neither side would be held at both ends.
  if (node.kind === "choice") throw new PatternError("alternatives stand in a group: ^(?:a|b)$");
  return node;
}

class Reader {
  readonly #points: string[];
  #at = 0;

  constructor(text: string) {
    this.#points = Array.from(text);
  }

  get done(): boolean {
    return this.#at >= this.#points.length;
  }

  peek(ahead = 0): string | undefined {
    return this.#points[this.#at + ahead];
  }

  next(): string {
    const point = this.#points[this.#at++];
    if (point === undefined) throw new PatternError("it ends too early");
    return point;
  }

  take(expected: string): boolean {
    if (!this.#points.slice(this.#at).join("").startsWith(expected)) return false;
    this.#at += expected.length;
    return true;
  }
}

function choice(reader: Reader): PatternNode {
  const items = [sequence(reader)];
  while (reader.take("|")) items.push(sequence(reader));
  return items.length === 1 && items[0] ? items[0] : { kind: "choice", items };
}

function sequence(reader: Reader): PatternNode {
  const items: PatternNode[] = [];
  while (!reader.done && reader.peek() !== "|" && reader.peek() !== ")")
    items.push(repeated(reader, atom(reader)));
  return { kind: "sequence", items };
}

function atom(reader: Reader): PatternNode {
  const point = reader.next();
  switch (point) {
    case "(":
      return group(reader);
    case "[":
      return { kind: "chars", set: charClass(reader) };
    case ".":
      return { kind: "chars", set: anyButLineEnds };
    case "\\":
      return { kind: "chars", set: escape(reader) };
    case "^":
    case "$":
      throw new PatternError("^ and $ stand only at its ends");
    case "*":
    case "+":
    case "?":
    case "{":
    case "}":
    case "]":
      throw new PatternError(`${point} is not expected here; write \\${point} for the character`);
    default:
      return { kind: "chars", set: literal(point) };
  }
}

function group(reader: Reader): PatternNode {
  if (!reader.take("?:") && reader.peek() === "?") {
    throw new PatternError("look-around and named groups are not allowed");
  }
  const inner = choice(reader);
  if (!reader.take(")")) throw new PatternError("a group is not closed");
  return inner;
}

function repeated(reader: Reader, item: PatternNode): PatternNode {
  const range = quantifier(reader);
  if (!range) return item;
  reader.take("?"); // lazy or greedy: what matches is the same
  return { kind: "repeat", item, ...range };
}

function quantifier(reader: Reader): { min: number; max: number } | undefined {
  if (reader.take("*")) return { min: 0, max: Infinity };
  if (reader.take("+")) return { min: 1, max: Infinity };
  if (reader.take("?")) return { min: 0, max: 1 };
  if (!reader.take("{")) return undefined;
  let text = "";
  while (reader.peek() !== "}") text += reader.next();
  reader.next();
  const [, min, comma, max] = /^(\d{1,4})(,(\d{1,4})?)?$/.exec(text) ?? [];
  if (min === undefined) throw new PatternError(`{${text}} is not a count of repetitions up to 9999`);
  return {
    min: Number(min),
    max: comma === undefined ? Number(min) : comma === "," ? Infinity : Number(max ?? comma.slice(1)),
  };
}

function charClass(reader: Reader): CharSet {
  const negated = reader.take("^");
  const sets: CharSet[] = [];
  while (reader.peek() !== "]") {
    const from = classMember(reader);
    if (reader.peek() === "-" && reader.peek(1) !== "]") {
      reader.next();
      sets.push(rangeOf(from, classMember(reader)));
    } else sets.push(from);
  }
  reader.next();
  return negated ? complement(union(sets)) : union(sets);
}

function classMember(reader: Reader): CharSet {
  const point = reader.next();
  return point === "\\" ? escape(reader) : literal(point);
}

function rangeOf(from: CharSet, to: CharSet): CharSet {
  const [low] = from;
  const [high] = to;
  if (!low || !high || low[0] !== low[1] || high[0] !== high[1] || low[0] > high[0]) {
    throw new PatternError("a range in [ ] goes from one character to a later one");
  }
  return [[low[0], high[0]]];
}

const escapes: Record<string, CharSet> = {
  d: digits,
  D: complement(digits),
  w: wordChars,
  W: complement(wordChars),
  s: spaces,
  S: complement(spaces),
};

function escape(reader: Reader): CharSet {
  const point = reader.next();
  const known = Object.hasOwn(escapes, point) ? escapes[point] : undefined;
  if (known) return known;
  if ("^$\\.*+?()[]{}|/-".includes(point)) return literal(point);
  throw new PatternError(
    `\\${point} is not allowed; of escapes there are \\d \\w \\s and escaped punctuation`,
  );
}

function literal(point: string): CharSet {
  return single(point.codePointAt(0) ?? 0);
}
