import type { InputValue } from "./inputs.ts";

/** Which values of one parameter a recipe admits. Times are in the canonical form of their format. */
export type InputRange =
  | { is: "not-given" }
  | { is: "one-of"; values: readonly (string | number | boolean)[] }
  /** Of a list: each of its items. */
  | { is: "some-of"; values: readonly string[] }
  | { is: "between"; from: number; to: number }
  | { is: "period"; from: string; to: string }
  /** Of a time: not longer ago at the moment of the request, and not ahead; of a day: the days that these hours touch. */
  | { is: "last-days"; days: number };

const DAY_MS = 86_400_000;

/**
 * Names of the inputs that no range admits, and of the ranges that nothing given meets; empty when all is within.
 * `inputs`: canonical, as `checkInputs` gives them.
 */
export function outsideRanges(
  ranges: Readonly<Record<string, InputRange>>,
  inputs: Readonly<Record<string, InputValue>>,
  now: Date,
): string[] {
  const names = new Set([...Object.keys(ranges), ...Object.keys(inputs)]);
  return [...names].filter((name) => {
    const range = Object.hasOwn(ranges, name) ? ranges[name] : undefined;
    const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    return range === undefined || !isWithin(range, value, now);
  });
}

/** Whether only one value is within. */
export function isFixed(range: InputRange | undefined): boolean {
  switch (range?.is) {
    case "one-of":
    case "some-of":
      return range.values.length === 1;
    case "between":
    case "period":
      return range.from === range.to;
    case "not-given":
      return true;
    case "last-days":
    case undefined:
      return false;
  }
}

function isWithin(range: InputRange, value: InputValue | undefined, now: Date): boolean {
  switch (range.is) {
    case "not-given":
      return value === undefined;
    case "one-of":
      return range.values.some((one) => one === value);
    case "some-of":
      return Array.isArray(value) && value.length > 0 && value.every((one) => range.values.includes(one));
    case "between":
      return typeof value === "number" && value >= range.from && value <= range.to;
    case "period":
      return isBetween(value, Date.parse(range.from), Date.parse(range.to));
    case "last-days":
      return isBetween(value, beginningOf(range.days, value, now), now.getTime());
  }
}

/** False for what is no time, on either side. */
function isBetween(value: InputValue | undefined, fromMs: number, toMs: number): boolean {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return at >= fromMs && at <= toMs;
}

/** A day without an hour is its first moment, so the earliest day counts from there. */
function beginningOf(days: number, value: InputValue | undefined, now: Date): number {
  const ms = now.getTime() - days * DAY_MS;
  return typeof value === "string" && value.length === "2026-11-21".length ? ms - (ms % DAY_MS) : ms;
}
