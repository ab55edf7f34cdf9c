import type { InputBlock, PlainTextOption } from "@slack/types";
import type {
  ArrayParameter,
  NumericParameter,
  Parameter,
  SqlParameter,
  StringParameter,
} from "../../runbook/parameter.ts";
import { input, option, plain } from "./elements.ts";

/** Every field of the form holds its value under this action id; the block id says which field it is. */
export const VALUE = "value";
/** An optional choice that can be taken back: Slack's menus have no way to choose nothing again. */
export const NOT_GIVEN = "jit:not-given";

/** The block id of a parameter's field; fields of the form itself have other names. */
export function parameterBlock(name: string): string {
  return `input:${name}`;
}

/** The name of the parameter whose field the block is. */
export function parameterOfBlock(blockId: string): string | undefined {
  return blockId.startsWith("input:") ? blockId.slice("input:".length) : undefined;
}

export type ParameterField = {
  name: string;
  parameter: Parameter;
  required: boolean;
  /** Shown as already filled in: what was typed before, or the parameter's default. Raw, as `readForm` gives it. */
  value: unknown;
};

/** The field for one parameter, of the kind that makes wrong input hardest; the server checks again whatever comes. */
export function parameterField({ name, parameter, required, value }: ParameterField): InputBlock {
  const given = value ?? parameter.default;
  // What has a default is never asked for: emptied, it takes the default again.
  const optional = !required || parameter.default !== undefined;
  return input(parameterBlock(name), parameter.title, elementFor(parameter, given, optional), {
    hint: hintOf(parameter),
    optional,
  });
}

type Element = InputBlock["element"];

function elementFor(parameter: Parameter, given: unknown, optional: boolean): Element {
  switch (parameter.type) {
    case "string":
      return parameter.enum ? menu(parameter.enum, given, optional) : textElement(parameter, given);
    case "integer":
    case "number":
      return numberElement(parameter, given);
    case "boolean":
      return yesOrNo(given, optional && parameter.default === undefined);
    case "array":
      return severalOf(parameter, given);
    case "sql":
      return sqlText(parameter, given);
  }
}

/** Several lines of SQL; Slack's field holds 3,000 characters. */
function sqlText({ maxLength = maxTyped, examples }: SqlParameter, given: unknown): Element {
  const max = Math.min(maxLength, maxTyped);
  const text = typeof given === "string" ? fitting(given, max) : undefined;
  return {
    type: "plain_text_input",
    action_id: VALUE,
    multiline: true,
    max_length: max,
    placeholder: plain(`For example ${examples[0] ?? "SELECT …"}`, 150),
    ...(text ? { initial_value: text } : {}),
  };
}

const maxTyped = 3000;

/** A text that was written anew can be longer than it was typed; its indentation is given up before the text itself. */
function fitting(text: string, max: number): string | undefined {
  if (text.length <= max) return text;
  const flat = text.replaceAll(
    /('(?:[^']|'')*'|"(?:[^"]|"")*")|\n +/g,
    (_, quoted?: string) => quoted ?? "\n",
  );
  return flat.length <= max ? flat : undefined;
}

function textElement(parameter: StringParameter, given: unknown): Element {
  if (parameter.format === "date") {
    return { type: "datepicker", action_id: VALUE, ...(isDate(given) ? { initial_date: given } : {}) };
  }
  if (parameter.format === "date-time") {
    const seconds = epochSeconds(given);
    return { type: "datetimepicker", action_id: VALUE, ...(seconds ? { initial_date_time: seconds } : {}) };
  }
  return typedText(parameter, given);
}

function typedText({ minLength, maxLength = 1024, examples }: StringParameter, given: unknown): Element {
  const fits = typeof given === "string" && given !== "" && given.length <= maxLength;
  return {
    type: "plain_text_input",
    action_id: VALUE,
    max_length: maxLength,
    ...(minLength === undefined ? {} : { min_length: minLength }),
    ...(examples ? { placeholder: plain(`For example ${examples[0]}`, 150) } : {}),
    ...(fits ? { initial_value: given } : {}),
  };
}

function numberElement({ type, minimum, maximum, examples }: NumericParameter, given: unknown): Element {
  const text = typeof given === "number" ? String(given) : given;
  const fits =
    typeof text === "string" &&
    /^-?\d+(\.\d+)?$/.test(text) &&
    Number(text) >= minimum &&
    Number(text) <= maximum;
  return {
    type: "number_input",
    action_id: VALUE,
    is_decimal_allowed: type === "number",
    min_value: String(minimum),
    max_value: String(maximum),
    placeholder: plain(examples ? `For example ${examples[0]}` : `${minimum} to ${maximum}`, 150),
    ...(fits ? { initial_value: text } : {}),
  };
}

function yesOrNo(given: unknown, withNothing: boolean): Element {
  const options = [option("Yes", "true"), option("No", "false"), ...(withNothing ? [notGiven()] : [])];
  return {
    type: "radio_buttons",
    action_id: VALUE,
    options,
    ...initialOption(options, given, withNothing),
  };
}

/** Few choices stand open; more are a menu with search. */
function menu(values: readonly string[], given: unknown, optional: boolean): Element {
  const withNothing = optional && values.length < 100;
  const options = [...(withNothing ? [notGiven()] : []), ...values.map((value) => option(value, value))];
  const initial = initialOption(options, given, withNothing);
  return options.length <= 4
    ? { type: "radio_buttons", action_id: VALUE, options, ...initial }
    : { type: "static_select", action_id: VALUE, options, ...initial };
}

function severalOf({ items, maxItems }: ArrayParameter, given: unknown): Element {
  const options = items.enum.map((value) => option(value, value));
  const chosen = options.filter(({ value }) => Array.isArray(given) && given.includes(value));
  const initial = chosen.length > 0 ? { initial_options: chosen } : {};
  return options.length <= 10
    ? { type: "checkboxes", action_id: VALUE, options, ...initial }
    : { type: "multi_static_select", action_id: VALUE, options, max_selected_items: maxItems, ...initial };
}

function initialOption(options: PlainTextOption[], given: unknown, withNothing: boolean) {
  const chosen =
    options.find(({ value }) => value === (typeof given === "boolean" ? String(given) : given)) ??
    (withNothing ? notGiven() : undefined);
  return chosen ? { initial_option: chosen } : {};
}

function notGiven(): PlainTextOption {
  return option("Not given", NOT_GIVEN);
}

function hintOf(parameter: Parameter): string {
  const parts = [parameter.description];
  if (parameter.type === "array") {
    const { minItems = 1, maxItems } = parameter;
    parts.push(minItems === maxItems ? `Choose ${maxItems}.` : `Choose ${minItems} to ${maxItems}.`);
  }
  if (parameter.type === "integer" || parameter.type === "number") {
    parts.push(`From ${parameter.minimum} to ${parameter.maximum}.`);
  }
  if (parameter.default !== undefined) parts.push(`When empty: ${String(parameter.default)}.`);
  return parts.join(" ");
}

function isDate(given: unknown): given is string {
  if (typeof given !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(given)) return false;
  const day = new Date(`${given}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(given);
}

/** From what Slack gives (seconds) or from the canonical text of an earlier request; Slack's picker takes ten digits. */
function epochSeconds(given: unknown): number | undefined {
  const seconds =
    typeof given === "number"
      ? given
      : typeof given === "string"
        ? Math.floor(Date.parse(given) / 1000)
        : Number.NaN;
  return Number.isInteger(seconds) && seconds >= 1e9 && seconds < 1e10 ? seconds : undefined;
}
