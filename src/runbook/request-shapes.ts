import { checkSql } from "../sql/check-sql.ts";
import type { AthenaScope } from "./athena-plan.ts";
import { widestScope } from "./athena-scope.ts";
import { queryParameter } from "./athena-step.ts";
import type { AthenaStep } from "./athena-step.ts";
import { bindAthena } from "./bind-athena.ts";
import type { AthenaBinding } from "./bind-athena.ts";
import { bindStep } from "./bind-step.ts";
import type { Values } from "./bind-step.ts";
import type { DataSource } from "./data-sources.ts";
import { derive } from "./derive.ts";
import { runbookGuardrails } from "./guardrail-narrowing.ts";
import type { InputValue } from "./inputs.ts";
import { ownQuery } from "./own-query.ts";
import type { PlannedCall } from "./plan.ts";
import { plannedWrite } from "./plan-write.ts";
import type { Runbook } from "./runbook.ts";
import { exampleValue, longestValue } from "./sample-values.ts";

/** One of the finitely many forms that a runbook's request can take. */
export type RequestShape = {
  /** The optional parameters that are given in it. */
  given: readonly string[];
  calls: readonly PlannedCall[];
  /** Present for Athena: what a run of this form could touch at most. */
  athena?: AthenaScope;
};

/**
 * Every subset of the optional parameters that switch a clause, with sample values: `example` ones are valid,
 * `longest` ones only have the length (and the escapes in JSON) of the longest valid value.
 */
export function requestShapes(
  runbook: Runbook,
  samples: "example" | "longest",
  dataSource?: DataSource,
): RequestShape[] {
  return valueShapes(runbook, samples).flatMap(({ given, values }): RequestShape[] => {
    const calls: PlannedCall[] = [];
    let athena: AthenaScope | undefined;
    for (const step of runbook.steps) {
      if (step.action !== "athena:StartQueryExecution") {
        const call = bindStep(step, values);
        calls.push(call, ...lookOf(call, dataSource));
      } else {
        const planned = plannedShape(runbook, step, values, dataSource);
        if (!planned) return []; // the rules say what is wrong with its text
        calls.push(planned.call);
        athena = planned.scope;
      }
    }
    return [{ given, calls, ...(athena && { athena }) }];
  });
}

/** A write also reads what stands there. */
function lookOf(call: PlannedCall, dataSource: DataSource | undefined): PlannedCall[] {
  if (call.action !== "dynamodb:UpdateItem" || dataSource?.service !== "dynamodb") return [];
  return [plannedWrite(call, dataSource.schema).look];
}

export type SqlShape = { given: readonly string[]; binding: AthenaBinding };

/** Every form of a runbook's SQL, checked with bounds still to come; none for a query of the requester's own. */
export function sqlShapes(runbook: Runbook, dataSource: DataSource): readonly SqlShape[] {
  const known = analysed.get(runbook);
  if (known?.dataSource === dataSource) return known.shapes;
  const shapes = analyseShapes(runbook, dataSource);
  analysed.set(runbook, { dataSource, shapes });
  return shapes;
}

/** A dozen rules ask for the same shapes, and parsing is what loading takes its time for. Forgotten with the runbook. */
const analysed = new WeakMap<Runbook, { dataSource: DataSource; shapes: readonly SqlShape[] }>();

function analyseShapes(runbook: Runbook, dataSource: DataSource): SqlShape[] {
  const [step] = runbook.steps;
  if (step?.action !== "athena:StartQueryExecution" || dataSource.service !== "athena") return [];
  if (queryParameter(step) !== undefined) return [];
  return valueShapes(runbook, "example").map(({ given, values }) => ({
    given,
    binding: bindAthena({ runbook, step, source: dataSource }, values, sampleNow, "later"),
  }));
}

function plannedShape(
  runbook: Runbook,
  step: AthenaStep,
  values: Values,
  dataSource: DataSource | undefined,
) {
  if (dataSource?.service !== "athena") return undefined;
  const own = queryParameter(step);
  const parameter = own === undefined ? undefined : runbook.parameters.properties[own];
  const [example] = parameter?.type === "sql" ? parameter.examples : [];
  const inputs =
    own === undefined || example === undefined ? values.inputs : { ...values.inputs, [own]: example };
  const query = ownQuery(runbook, dataSource, inputs);
  const read = query && checkSql(query.text, query.guardrails, sampleNow);
  if (read?.status === "refused") return undefined;
  const context = { runbook, step, source: dataSource, own: read?.analysis };
  const binding = bindAthena(context, { ...values, inputs }, sampleNow, "later");
  if (binding.status === "refused") return undefined;
  if (own === undefined) return binding;
  return { call: binding.call, scope: widestScope(dataSource, runbookGuardrails(runbook, dataSource)) };
}

function valueShapes(
  runbook: Runbook,
  samples: "example" | "longest",
): { given: string[]; values: Values }[] {
  const { properties } = runbook.parameters;
  const switches = [
    ...new Set(
      runbook.steps
        .flatMap((step): readonly { when: string }[] => ("optional" in step ? (step.optional ?? []) : []))
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
    return { given, values: { inputs, derived: derive(runbook.derived, inputs, sampleNow) } };
  });
}

const sampleNow = new Date("2026-01-01T00:00:00Z");

function subsets(names: readonly string[]): string[][] {
  return names.reduce<string[][]>((sets, name) => [...sets, ...sets.map((set) => [...set, name])], [[]]);
}
