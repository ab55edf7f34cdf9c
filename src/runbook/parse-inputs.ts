import type { InputValue } from "./inputs.ts";
import type { Parameter } from "./parameter.ts";
import { parseList } from "./parse-list.ts";
import { parseNumber } from "./parse-number.ts";
import { parseText } from "./parse-text.ts";
import { parseSqlText } from "./parse-sql-text.ts";
import type { Runbook } from "./runbook.ts";

export type ParsedInputs =
  | { status: "valid"; inputs: Record<string, InputValue> }
  | { status: "invalid"; errors: InputError[] };

/** `message` is a sentence for the person who typed, ready to stand under the field; it never repeats what was typed. */
type InputError = { parameter: string; message: string };

/** One value checked: its canonical form or what is wrong with it. */
export type Parsed<T extends InputValue = InputValue> =
  | { status: "valid"; value: T }
  | { status: "invalid"; message: string };

/**
 * Checks what Slack (or a CLI) gives for a runbook's parameters and brings it to canonical form.
 * Raw values: text, an option's value, digits, epoch seconds for times, a list of option values; absent, null, "" and
 * [] mean "not given". Defaults are filled in; a parameter neither given nor defaulted is absent from the result.
 */
export function parseInputs(
  runbook: Pick<Runbook, "parameters">,
  raw: Readonly<Record<string, unknown>>,
): ParsedInputs {
  const { properties, required = [] } = runbook.parameters;
  const errors = Object.keys(raw)
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => ({ parameter: name, message: "This runbook has no such parameter." }));
  const inputs: [string, InputValue][] = [];
  for (const [name, parameter] of Object.entries(properties)) {
    const typed = Object.hasOwn(raw, name) ? raw[name] : undefined;
    const given = isAbsent(typed) ? parameter.default : typed;
    if (given === undefined) {
      if (required.includes(name)) errors.push({ parameter: name, message: `${parameter.title} is needed.` });
      continue;
    }
    const parsed = parseInput(parameter, given);
    if (parsed.status === "valid") inputs.push([name, parsed.value]);
    else errors.push({ parameter: name, message: parsed.message });
  }
  return errors.length > 0
    ? { status: "invalid", errors }
    : { status: "valid", inputs: Object.fromEntries(inputs) };
}

/** Checks one given value against its parameter. */
export function parseInput(parameter: Parameter, given: unknown): Parsed {
  switch (parameter.type) {
    case "string":
      return parseText(parameter, given);
    case "integer":
    case "number":
      return parseNumber(parameter, given);
    case "boolean":
      return parseBoolean(parameter.title, given);
    case "array":
      return parseList(parameter, given);
    case "sql":
      return parseSqlText(parameter, given);
  }
}

function isAbsent(given: unknown): boolean {
  return (
    given === undefined || given === null || given === "" || (Array.isArray(given) && given.length === 0)
  );
}

function parseBoolean(title: string, given: unknown): Parsed<boolean> {
  if (given === true || given === "true") return { status: "valid", value: true };
  if (given === false || given === "false") return { status: "valid", value: false };
  return { status: "invalid", message: `${title} is either true or false.` };
}
