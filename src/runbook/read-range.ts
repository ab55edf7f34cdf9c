import type { InputRange } from "./input-range.ts";
import type { InputValue } from "./inputs.ts";
import type { ArrayParameter, NumericParameter, Parameter, StringParameter } from "./parameter.ts";
import { parseInput } from "./parse-inputs.ts";
import { parseNumber } from "./parse-number.ts";
import { parseText } from "./parse-text.ts";
import { MAX_RECIPE_VALUES } from "./recipe.ts";
import { canonicalDate } from "./time-text.ts";

type ReadRange = { status: "valid"; range: InputRange } | { status: "invalid"; message: string };

const MAX_LAST_DAYS = 366;

/**
 * Which values of a parameter somebody wants approved in advance. Given is a list of values, or text as typed: one
 * value a line, `1 to 100` of a number, `last 7 days` or `2026-11-01 to 2026-11-30` of a time. Every value and bound is
 * checked as the same value of a request would be. Nothing given: the default where there is one, else not given.
 */
export function readRange(parameter: Parameter, given: unknown, isRequired: boolean): ReadRange {
  const parts = partsOf(given);
  if (parts.length === 0) return whenEmpty(parameter, isRequired);
  if (parts.length > MAX_RECIPE_VALUES)
    return invalid(
      `${parameter.title} has ${parts.length} values; at most ${MAX_RECIPE_VALUES} can be approved in advance.`,
    );
  switch (parameter.type) {
    case "string":
      return isTime(parameter) ? readPeriod(parameter, parts) : readValues(parameter, parts);
    case "integer":
    case "number":
      return readNumbers(parameter, parts);
    case "boolean":
      return readValues(parameter, parts);
    case "array":
      return readItems(parameter, parts);
    case "sql":
      return invalid(`${parameter.title} is a query of one’s own, which nobody can approve in advance.`);
  }
}

/** Values of a list, or the lines of a text. */
function partsOf(given: unknown): unknown[] {
  if (given === undefined || given === null) return [];
  if (Array.isArray(given)) return given;
  if (typeof given !== "string") return [given];
  return given
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What a request would have in it when the field is left empty. */
function whenEmpty(parameter: Parameter, isRequired: boolean): ReadRange {
  if (parameter.default !== undefined) return readRange(parameter, [parameter.default].flat(), isRequired);
  return isRequired
    ? invalid(`${parameter.title} is needed: say which values are approved.`)
    : valid({ is: "not-given" });
}

function readValues(parameter: Parameter, parts: unknown[]): ReadRange {
  const values: (string | number | boolean)[] = [];
  for (const part of parts) {
    const parsed = parseInput(parameter, part);
    if (parsed.status === "invalid") return parsed;
    if (isSingle(parsed.value) && !values.includes(parsed.value)) values.push(parsed.value);
  }
  return valid({ is: "one-of", values });
}

function isSingle(value: InputValue): value is string | number | boolean {
  return typeof value !== "object";
}

function readItems({ title, items, minItems = 1 }: ArrayParameter, parts: unknown[]): ReadRange {
  if (parts.some((part) => typeof part !== "string" || !items.enum.includes(part)))
    return invalid(`${title} is a choice among ${items.enum.length} options.`);
  const values = items.enum.filter((option) => parts.includes(option));
  return values.length < minItems
    ? invalid(`${title}: choose at least ${minItems}, since a request needs so many.`)
    : valid({ is: "some-of", values });
}

function readNumbers(parameter: NumericParameter, parts: unknown[]): ReadRange {
  const { title } = parameter;
  const [from, to, ...more] = parts.length === 1 ? bounds(parts[0]) : [];
  if (from === undefined || more.length > 0)
    return invalid(`${title} is one number, or a range like ${parameter.minimum} to ${parameter.maximum}.`);
  const low = parseNumber(parameter, from);
  const high = parseNumber(parameter, to ?? from);
  if (low.status === "invalid") return low;
  if (high.status === "invalid") return high;
  return low.value > high.value
    ? invalid(`${title} begins above its end; write the lower number first.`)
    : valid({ is: "between", from: low.value, to: high.value });
}

function readPeriod(parameter: StringParameter, parts: unknown[]): ReadRange {
  const { title } = parameter;
  const [part] = parts;
  const [, days] = /^(?:the )?last ([1-9][0-9]{0,2}) days?$/i.exec(String(part)) ?? [];
  if (parts.length === 1 && days !== undefined)
    return Number(days) > MAX_LAST_DAYS
      ? invalid(`${title}: at most the last ${MAX_LAST_DAYS} days.`)
      : valid({ is: "last-days", days: Number(days) });
  const [first, last, ...more] = parts.length === 1 ? bounds(part) : [];
  if (first === undefined || more.length > 0)
    return invalid(`${title} is one period: like “last 7 days”, or “2026-11-01 to 2026-11-30”.`);
  const from = parseText(parameter, edge(parameter, first, "00:00:00"));
  const to = parseText(parameter, edge(parameter, last ?? first, "23:59:59"));
  if (from.status === "invalid") return from;
  if (to.status === "invalid") return to;
  return Date.parse(from.value) > Date.parse(to.value)
    ? invalid(`${title} begins after its end; write the earlier time first.`)
    : valid({ is: "period", from: from.value, to: to.value });
}

/** A day where a moment is meant: its first or its last one, UTC. */
function edge({ format }: StringParameter, text: unknown, time: string): unknown {
  return format === "date-time" && typeof text === "string" && canonicalDate(text) !== undefined
    ? `${text}T${time}Z`
    : text;
}

function bounds(part: unknown): unknown[] {
  return typeof part === "string" ? part.split(/\s+to\s+|\s*[–…]\s*|\s*\.\.\s*/i) : [part];
}

function isTime({ format }: StringParameter): boolean {
  return format === "date" || format === "date-time";
}

function valid(range: InputRange): ReadRange {
  return { status: "valid", range };
}

function invalid(message: string): ReadRange {
  return { status: "invalid", message };
}
