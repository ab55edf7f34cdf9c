import type { ParameterValues } from "../sql/check-guardrails.ts";
import type { TypedValue } from "../sql/typed-value.ts";
import type { Values } from "./bind-step.ts";
import type { InputValue } from "./inputs.ts";
import type { Runbook } from "./runbook.ts";

/**
 * Inputs and derived values with the SQL type that their declaration gives them. Dates and times are texts like any
 * other, in canonical form: log tables keep them as text, and a query that needs a DATE writes `CAST(:day AS date)`.
 */
export function sqlValues(
  { parameters }: Pick<Runbook, "parameters">,
  { inputs, derived }: Values,
): ParameterValues {
  const entries = Object.entries({ ...derived, ...inputs }).map(([name, value]) => {
    if (typeof value !== "object")
      return [name, typedValue(value, parameters.properties[name]?.type === "number")] as const;
    return [name, value.map((text): TypedValue => ({ type: "string", value: text }))] as const;
  });
  return Object.fromEntries(entries);
}

/** How many `?` each list takes. */
export function listSizes(values: ParameterValues): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      "type" in value ? [] : [[name, value.length] as const],
    ),
  );
}

/** The value of one hole; undefined when it has none. */
export function valueOfHole(
  values: ParameterValues,
  hole: { name: string; item: number } | undefined,
): TypedValue | undefined {
  const value = hole && Object.hasOwn(values, hole.name) ? values[hole.name] : undefined;
  return value && "type" in value ? value : value?.[hole?.item ?? 0];
}

function typedValue(value: Exclude<InputValue, readonly string[]>, isDecimal: boolean): TypedValue {
  if (typeof value === "string") return { type: "string", value };
  if (typeof value === "boolean") return { type: "boolean", value };
  if (!isDecimal) return { type: "integer", value };
  return { type: "decimal", value: Number.isInteger(value) ? `${value}.0` : decimalText(value) };
}

/** Inputs have at most six decimals, which `String` may write with an exponent. */
function decimalText(value: number): string {
  return value.toFixed(6).replace(/0+$/, "");
}
