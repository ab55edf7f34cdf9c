import { dateFormats, maxAddedDays } from "../derive.ts";
import type { DerivedArgument, DerivedValue } from "../derived-value.ts";
import type { Runbook } from "../runbook.ts";
import type { Finding, Rule } from "./rule.ts";
import { kindOfRef } from "./value-kind.ts";
import type { ValueKind } from "./value-kind.ts";

export const derivedRules: readonly Rule[] = [
  {
    id: "DER01",
    severity: "error",
    says: "A derived value gives its function the arguments that it takes, and uses only derived values above it.",
    check: ({ runbook }) =>
      Object.entries(runbook.derived ?? {}).flatMap(([name, value]) => derivedProblem(name, value, runbook)),
  },
];

function derivedProblem(name: string, value: DerivedValue, runbook: Runbook): Finding[] {
  const path = ["derived", name, "args"];
  const above = Object.keys(runbook.derived ?? {});
  const early = value.args.find(
    (arg) =>
      typeof arg === "object" && "$derived" in arg && above.indexOf(arg.$derived) >= above.indexOf(name),
  );
  if (early) return [{ path, message: "it uses a derived value that does not stand above it" }];
  const expected = signatures[value.function];
  return expected.accepts(
    value.args,
    value.args.map((arg) => kindOfArgument(arg, runbook)),
  )
    ? []
    : [{ path, message: `${value.function} takes ${expected.takes}` }];
}

type Signature = {
  takes: string;
  accepts: (args: readonly DerivedArgument[], kinds: readonly ValueKind[]) => boolean;
};

const texts: readonly ValueKind[] = ["text", "date", "date-time"];
const times: readonly ValueKind[] = ["date", "date-time"];

const signatures: Record<DerivedValue["function"], Signature> = {
  concat: {
    takes: "two or more texts or whole numbers",
    accepts: (args, kinds) =>
      args.length >= 2 && kinds.every((kind) => texts.includes(kind) || kind === "integer"),
  },
  lowercase: { takes: "one text", accepts: (_, kinds) => kinds.length === 1 && kinds[0] === "text" },
  formatDate: {
    takes: `a date or time and one of ${dateFormats.join(", ")}`,
    accepts: (args, [first]) =>
      args.length === 2 &&
      first !== undefined &&
      times.includes(first) &&
      dateFormats.some((format) => format === args[1]),
  },
  addDays: {
    takes: `a date or time and a whole number of days from -${maxAddedDays} to ${maxAddedDays}`,
    accepts: ([, days], [first, , ...more]) =>
      more.length === 0 &&
      first !== undefined &&
      times.includes(first) &&
      typeof days === "number" &&
      Number.isInteger(days) &&
      Math.abs(days) <= maxAddedDays,
  },
  epochSeconds: {
    takes: "one date or time",
    accepts: (_, [first, ...more]) => first !== undefined && times.includes(first) && more.length === 0,
  },
  now: { takes: "no arguments", accepts: (args) => args.length === 0 },
  sha256: {
    takes: "one text",
    accepts: (_, [first, ...more]) => first !== undefined && texts.includes(first) && more.length === 0,
  },
};

function kindOfArgument(arg: DerivedArgument, runbook: Runbook): ValueKind {
  if (typeof arg === "string") return "text";
  if (typeof arg === "number") return Number.isInteger(arg) ? "integer" : "number";
  return kindOfRef(arg, runbook);
}
