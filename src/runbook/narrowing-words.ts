import type { Plan } from "./plan.ts";
import { maskedValue } from "./shown-value.ts";

/** What an approver took away, one thought each: `window: 15 instead of 30 minutes`. Values of sensitive inputs are left out. */
export function narrowingWords(wider: Plan, narrower: Plan): string[] {
  return [
    ...changed("window", wider.grant.durationMinutes, narrower.grant.durationMinutes, " minutes"),
    ...changed("rows", wider.limits.maxRows, narrower.limits.maxRows, ""),
    ...inputs(wider, narrower),
    ...masks(wider, narrower),
  ];
}

function changed(what: string, from: number, to: number, unit: string): string[] {
  return from === to ? [] : [`${what}: ${to} instead of ${from}${unit}`];
}

function inputs(wider: Plan, narrower: Plan): string[] {
  return wider.parameters.flatMap(({ name, title }) => {
    const [from, to] = [wider, narrower].map(({ inputs: given }) => String(given[name]));
    if (from === to) return [];
    return wider.sensitive.includes(name)
      ? [`${title}: ${maskedValue}`]
      : [`${title}: ${to} instead of ${from}`];
  });
}

function masks({ output }: Plan, narrower: Plan): string[] {
  const open = output.columns.filter(({ alwaysMasked }) => !alwaysMasked).map(({ name }) => name);
  const masked = narrower.output.columns.filter(
    ({ name, alwaysMasked }) => alwaysMasked && open.includes(name),
  );
  return masked.length === 0 ? [] : [`masked for everybody: ${masked.map(({ title }) => title).join(", ")}`];
}
