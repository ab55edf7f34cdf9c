import { refusal } from "./refusal.ts";
import type { Place, Refusal } from "./refusal.ts";
import { partsOf } from "./syntax.ts";
import type { Expression } from "./syntax.ts";

/** How much one call may make where its arguments alone say how much. */
const maxMade = 1000;

/** Which argument says how much a function makes of nothing, from 0. */
const sizeOf: ReadonlyMap<string, number> = new Map([
  ["lpad", 1],
  ["rpad", 1],
  ["repeat", 1],
]);

/**
 * Against a call that could make much out of little, which no limit on scanned bytes sees: its size must stand in the
 * text and be small.
 */
export function boundlessCall(call: Expression & { kind: "call" }, place: Place): Refusal[] {
  const { name, arguments: args } = call;
  const refused = (demand: string) => [
    refusal("function", `${name} may make ${maxMade} at most: ${demand}`, place),
  ];
  const at = sizeOf.get(name);
  if (at !== undefined) {
    const size = wholeNumber(args[at]);
    const fits = size !== undefined && size <= maxMade;
    return fits ? [] : refused(`write its length as a number up to ${maxMade}`);
  }
  if (name !== "sequence") return [];
  const [from, to, step = 1] = args.map(wholeNumber);
  const made = from === undefined || to === undefined ? Infinity : Math.abs((to - from) / step) + 1;
  return made <= maxMade && args.length <= 3 ? [] : refused("write its start, end and step as numbers");
}

/** Against an UNNEST that makes rows out of nothing: it must read a column, or be an array that is written out. */
export function unnestOfNothing(expression: Expression, place: Place): Refusal[] {
  if (readsName(expression, new Set()) || isWrittenOut(expression)) return [];
  const message = "UNNEST makes rows out of constants here: unnest a column, or write the array out";
  return [refusal("relations", message, place)];
}

function readsName(expression: Expression, lambdas: ReadonlySet<string>): boolean {
  if (expression.kind === "name") return !lambdas.has(expression.path[0] ?? "");
  const inner = expression.kind === "lambda" ? new Set([...lambdas, ...expression.parameters]) : lambdas;
  return partsOf(expression).some((part) => readsName(part, inner));
}

function isWrittenOut(expression: Expression): boolean {
  return !["call", "query", "lambda"].includes(expression.kind) && partsOf(expression).every(isWrittenOut);
}

function wholeNumber(expression: Expression | undefined): number | undefined {
  return expression?.kind === "number" && /^-?\d{1,9}$/.test(expression.text)
    ? Number(expression.text)
    : undefined;
}
