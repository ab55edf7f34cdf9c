import type { DynamoDbCall } from "../dynamodb/requests.ts";
import { bindStep } from "./bind-step.ts";
import { derive } from "./derive.ts";
import type { InputValue } from "./inputs.ts";
import type { Runbook } from "./runbook.ts";
import { exampleValue, longestValue } from "./sample-values.ts";

/** One of the finitely many forms that a runbook's request can take. */
export type RequestShape = {
  /** The optional parameters that are given in it. */
  given: readonly string[];
  calls: readonly DynamoDbCall[];
};

/**
 * Every subset of the optional parameters that switch a clause, with sample values: `example` ones are valid,
 * `longest` ones only have the length (and the escapes in JSON) of the longest valid value.
 */
export function requestShapes(runbook: Runbook, samples: "example" | "longest"): RequestShape[] {
  const { properties } = runbook.parameters;
  const switches = [
    ...new Set(
      runbook.steps
        .flatMap((step) => ("optional" in step ? (step.optional ?? []) : []))
        .map(({ when }) => when),
    ),
  ];
  return subsets(switches).map((given) => {
    const entries = Object.entries(properties)
      .filter(([name]) => !switches.includes(name) || given.includes(name))
      .map(([name, parameter], at): [string, InputValue] => [
        name,
        samples === "example" ? exampleValue(parameter) : longestValue(parameter, at),
      ]);
    const inputs = Object.fromEntries(entries);
    const derived = derive(runbook.derived, inputs, sampleNow);
    return { given, calls: runbook.steps.map((step) => bindStep(step, { inputs, derived })) };
  });
}

const sampleNow = new Date("2026-01-01T00:00:00Z");

function subsets(names: readonly string[]): string[][] {
  return names.reduce<string[][]>((sets, name) => [...sets, ...sets.map((set) => [...set, name])], [[]]);
}
