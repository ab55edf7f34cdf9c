import { overlaps, union } from "./char-set.ts";
import type { CharSet } from "./char-set.ts";
import { PatternError, parsePattern } from "./pattern-syntax.ts";
import type { PatternNode } from "./pattern-syntax.ts";

export type PatternFacts = {
  /** Every character that can stand anywhere in a match. */
  alphabet: CharSet;
  /** Code points of the longest match; Infinity when there is none. */
  maxLength: number;
};

/** Positions after the expansion of counted repetitions; enough for 1,024 characters and then some. */
const maxPositions = 1500;

/**
 * Reads an anchored pattern and refuses one that could take more than linear time on some text.
 * The criterion is one-unambiguity (Brüggemann-Klein and Wood 1998): at every place in the text at most one
 * character of the pattern can match next, so a backtracking engine has nothing to come back to.
 * It is stricter than needed (`^[a-z0-9.]+\.[a-z]+$` is refused) and can always be met by a class that
 * leaves the next character out. Throws `PatternError`.
 */
export function readPattern(pattern: string): PatternFacts {
  compile(pattern);
  const node = parsePattern(pattern);
  const positions: Positions = { sets: [], follow: [] };
  const whole = place(node, positions);
  for (const next of [whole.first, ...positions.follow]) refuseAmbiguity(next, positions.sets);
  return { alphabet: union(positions.sets), maxLength: longest(node) };
}

function compile(pattern: string): void {
  try {
    void new RegExp(pattern, "u");
  } catch (cause) {
    throw new PatternError("it is not a regular expression of ECMAScript with the flag u", { cause });
  }
}

/** Glushkov's construction: each character class of the pattern is a position; `follow` says what may come next. */
type Positions = { sets: CharSet[]; follow: number[][] };
type Part = { nullable: boolean; first: number[]; last: number[] };

const empty: Part = { nullable: true, first: [], last: [] };

function place(node: PatternNode, positions: Positions): Part {
  switch (node.kind) {
    case "chars": {
      if (positions.sets.length >= maxPositions)
        throw new PatternError("it repeats too much; use a smaller count");
      const at = positions.sets.push(node.set) - 1;
      positions.follow.push([]);
      return { nullable: false, first: [at], last: [at] };
    }
    case "sequence":
      return node.items.reduce((before, item) => join(before, place(item, positions), positions), empty);
    case "choice": {
      const parts = node.items.map((item) => place(item, positions));
      return {
        nullable: parts.some(({ nullable }) => nullable),
        first: parts.flatMap(({ first }) => first),
        last: parts.flatMap(({ last }) => last),
      };
    }
    case "repeat":
      return placeRepeat(node, positions);
  }
}

function placeRepeat({ item, min, max }: PatternNode & { kind: "repeat" }, positions: Positions): Part {
  if (max < min) throw new PatternError("a repetition has its smaller count first");
  if (max === Infinity) {
    const needed = copies(item, Math.max(min - 1, 0), positions);
    const loop = place(item, positions);
    link(loop.last, loop.first, positions);
    return join(needed, min === 0 ? { ...loop, nullable: true } : loop, positions);
  }
  const needed = copies(item, min, positions);
  // x{0,3} is (x(x(x)?)?)?: the optional copies nest, so that each is followed by the next one only.
  let rest = empty;
  for (let count = max - min; count > 0; count--) {
    rest = { ...join(place(item, positions), rest, positions), nullable: true };
  }
  return join(needed, rest, positions);
}

function copies(item: PatternNode, count: number, positions: Positions): Part {
  let part = empty;
  for (let made = 0; made < count; made++) part = join(part, place(item, positions), positions);
  return part;
}

function join(before: Part, after: Part, positions: Positions): Part {
  link(before.last, after.first, positions);
  return {
    nullable: before.nullable && after.nullable,
    first: before.nullable ? [...before.first, ...after.first] : before.first,
    last: after.nullable ? [...before.last, ...after.last] : after.last,
  };
}

function link(from: readonly number[], to: readonly number[], { follow }: Positions): void {
  for (const at of from) follow[at]?.push(...to);
}

/** The same position twice is ambiguous too: `(?:a*)*` can group one text in many ways. */
function refuseAmbiguity(next: readonly number[], sets: readonly CharSet[]): void {
  for (const [at, one] of next.entries()) {
    for (const other of next.slice(at + 1)) {
      if (overlaps(sets[one] ?? [], sets[other] ?? [])) {
        throw new PatternError(
          "one text can match in two ways, which can take very long; make the parts differ",
        );
      }
    }
  }
}

function longest(node: PatternNode): number {
  switch (node.kind) {
    case "chars":
      return 1;
    case "sequence":
      return node.items.reduce((sum, item) => sum + longest(item), 0);
    case "choice":
      return Math.max(...node.items.map(longest));
    case "repeat":
      return node.max === 0 || longest(node.item) === 0 ? 0 : node.max * longest(node.item);
  }
}
