import type { InputRange } from "./input-range.ts";
import type { Parameter } from "./parameter.ts";
import { secondsText } from "./time-text.ts";

const DAY_S = 86_400;

/**
 * Inputs at the outer edge of these ranges, raw as a form would give them: the largest number, as many items as there
 * may be, the longest time. A plan of them shows approvers what one run is; each run is planned of its own inputs.
 */
export function widestInputs(
  ranges: Readonly<Record<string, InputRange>>,
  parameters: Readonly<Record<string, Parameter>>,
  now: Date,
): Record<string, unknown> {
  const times = Object.keys(parameters).filter((name) => isTime(ranges[name]));
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, parameter]) => {
      const range = ranges[name];
      if (!range || range.is === "not-given") return [];
      return [[name, widest(range, parameter, edgeOf(parameter, times.indexOf(name)), now)]];
    }),
  );
}

function widest(range: InputRange, parameter: Parameter, edge: "start" | "end", now: Date): unknown {
  switch (range.is) {
    case "not-given":
      return undefined;
    case "one-of":
      return range.values[0];
    case "some-of":
      return range.values.slice(0, parameter.type === "array" ? parameter.maxItems : undefined);
    case "between":
      return range.to;
    case "period":
      return edge === "start" ? range.from : range.to;
    case "last-days": {
      const seconds = Math.floor(now.getTime() / 1000) - (edge === "start" ? range.days * DAY_S : 0);
      const text = secondsText(seconds) ?? "";
      return parameter.type === "string" && parameter.format === "date" ? text.slice(0, 10) : text;
    }
  }
}

/** What the runbook says it bounds; else the first time of a form is where it begins. */
function edgeOf(parameter: Parameter, position: number): "start" | "end" {
  const declared = parameter.type === "string" ? parameter["x-bound"] : undefined;
  return declared ?? (position === 0 ? "start" : "end");
}

function isTime(range: InputRange | undefined): boolean {
  return range?.is === "period" || range?.is === "last-days";
}
