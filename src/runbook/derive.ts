import { createHash } from "node:crypto";
import type { DerivedArgument, DerivedValue } from "./derived-value.ts";
import type { InputValue } from "./inputs.ts";
import { secondsText } from "./time-text.ts";

export type DerivedValues = Readonly<Record<string, string | number>>;

/**
 * Computes a runbook's derived values, each from inputs and from those above it. One that needs an input which is not
 * given is absent. `now` is the time of the request, to the second, never that of the run.
 */
export function derive(
  declared: Readonly<Record<string, DerivedValue>> | undefined,
  inputs: Readonly<Record<string, InputValue>>,
  now: Date,
): DerivedValues {
  const values: Record<string, string | number> = {};
  for (const [name, { function: fn, args }] of Object.entries(declared ?? {})) {
    const known = args.map((arg) => argumentValue(arg, inputs, values));
    if (known.includes(undefined)) continue;
    values[name] = functions[fn](
      known.filter((one) => one !== undefined),
      now,
    );
  }
  return values;
}

/** The closed formats of `formatDate`. */
export const dateFormats = ["YYYY-MM-DD", "YYYY/MM/DD", "YYYYMMDD", "YYYY-MM", "YYYYMM", "YYYY"] as const;

/** More days than this in `addDays` are a mistake. */
export const maxAddedDays = 3660;

type Values = readonly (string | number)[];

const functions: Record<DerivedValue["function"], (args: Values, now: Date) => string | number> = {
  concat: (args) => args.join(""),
  lowercase: ([text]) => String(text).toLowerCase(),
  formatDate: ([time, format]) => formatDate(String(time), String(format)),
  addDays: ([time, days]) => addDays(String(time), Number(days)),
  epochSeconds: ([time]) => Date.parse(String(time)) / 1000,
  now: (_, now) => instant(now.getTime()),
  sha256: ([text]) => createHash("sha256").update(String(text), "utf8").digest("hex"),
};

function argumentValue(
  arg: DerivedArgument,
  inputs: Readonly<Record<string, InputValue>>,
  derived: DerivedValues,
): string | number | undefined {
  if (typeof arg !== "object") return arg;
  if ("$derived" in arg) return Object.hasOwn(derived, arg.$derived) ? derived[arg.$derived] : undefined;
  const value = Object.hasOwn(inputs, arg.$param) ? inputs[arg.$param] : undefined;
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

function formatDate(time: string, format: string): string {
  const [year = "", month = "", day = ""] = time.slice(0, 10).split("-");
  return format.replace("YYYY", year).replace("MM", month).replace("DD", day);
}

function addDays(time: string, days: number): string {
  const moved = instant(Date.parse(time) + days * 86_400_000);
  return time.length === 10 ? moved.slice(0, 10) : moved;
}

function instant(ms: number): string {
  const text = secondsText(Math.floor(ms / 1000));
  if (text === undefined) throw new RangeError("a derived time is out of range");
  return text;
}
