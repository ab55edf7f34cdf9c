import type { NumericParameter } from "./parameter.ts";
import type { Parsed } from "./parse-inputs.ts";

/** ASCII digits only: no words, no exponent, no sign but minus, no leading zeros that a person could read as a code. */
const written = {
  integer: /^-?(?:0|[1-9][0-9]{0,15})$/,
  // Six decimals keep every value exact and free of an exponent when it is written out again.
  number: /^-?(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,6})?$/,
};

export function parseNumber(parameter: NumericParameter, given: unknown): Parsed<number> {
  const { title, type, minimum, maximum } = parameter;
  const text = typeof given === "number" ? String(given) : given;
  if (typeof text !== "string" || !written[type].test(text.trim())) {
    const kind = type === "integer" ? "a whole number" : "a number with at most six decimals";
    return {
      status: "invalid",
      message: `${title} is ${kind} in digits, like ${parameter.examples?.[0] ?? minimum}.`,
    };
  }
  const value = Number(text.trim());
  if (value < minimum || value > maximum || (type === "integer" && !Number.isSafeInteger(value))) {
    return { status: "invalid", message: `${title} is from ${minimum} to ${maximum}.` };
  }
  return { status: "valid", value: value === 0 ? 0 : value }; // -0 and 0 are one value;
}
