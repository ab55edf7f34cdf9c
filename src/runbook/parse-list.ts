import type { ArrayParameter } from "./parameter.ts";
import type { Parsed } from "./parse-inputs.ts";

/** Options in the order of the enum, each once: the same choice is the same value whatever was clicked first. */
export function parseList(parameter: ArrayParameter, given: unknown): Parsed<readonly string[]> {
  const { title, items, minItems = 1, maxItems } = parameter;
  if (!Array.isArray(given) || given.some((one) => typeof one !== "string" || !items.enum.includes(one))) {
    return { status: "invalid", message: `${title} is a choice among ${items.enum.length} options.` };
  }
  const value = items.enum.filter((option) => given.includes(option));
  if (value.length < minItems || value.length > maxItems) {
    return {
      status: "invalid",
      message: `${title}: choose ${minItems} to ${maxItems}; ${value.length} are chosen.`,
    };
  }
  return { status: "valid", value };
}
