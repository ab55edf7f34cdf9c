import type { InputRange } from "./input-range.ts";
import type { Plan } from "./plan.ts";
import { maskedValue } from "./shown-value.ts";

/** Each parameter of the recipe's runbook with what is admitted of it, in the order of its form. */
export function recipeRows(
  { parameters, recipe, sensitive }: Pick<Plan, "parameters" | "recipe" | "sensitive">,
  maskSensitive: boolean,
): { title: string; value: string; isMasked: boolean }[] {
  return parameters.map(({ name, title }) => {
    const range = recipe?.inputs[name] ?? { is: "not-given" };
    const isMasked = maskSensitive && sensitive.includes(name) && range.is !== "not-given";
    return { title, value: isMasked ? maskedValue : rangeWords(range), isMasked };
  });
}

/** What a range admits, in words for a card, e.g. `PAID or SHIPPED`, `1 to 100`, `within the last 7 days`. */
function rangeWords(range: InputRange): string {
  switch (range.is) {
    case "not-given":
      return "(not given)";
    case "one-of":
      return orList(range.values.map(String));
    case "some-of":
      return `any of ${orList(range.values)}`;
    case "between":
      return range.from === range.to ? String(range.from) : `${range.from} to ${range.to}`;
    case "period":
      return range.from === range.to ? range.from : `${range.from} to ${range.to}`;
    case "last-days":
      return range.days === 1 ? "within the last day" : `within the last ${range.days} days`;
  }
}

function orList(values: readonly string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}
