import { objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import { valueIn, type StateValues } from "../state-values.ts";

/** What Slack's client finds wrong with a form before it sends anything, by block id. */
export function checkFields(blocks: JsonObject[], values: StateValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of objectsOf(blocks).filter((b) => b["type"] === "input")) {
    const element = objectOf(block["element"]);
    const blockId = textOf(block["block_id"]);
    const value = valueIn(values[blockId]?.[textOf(element["action_id"])], element);
    const error = value === undefined ? missing(block) : wrong(element, value);
    if (error) errors[blockId] = error;
  }
  return errors;
}

function missing(block: JsonObject): string | undefined {
  return block["optional"] === true ? undefined : "Please complete this required field.";
}

function wrong(element: JsonObject, value: unknown): string | undefined {
  switch (element["type"]) {
    case "plain_text_input":
      return wrongLength(element, textOf(value));
    case "number_input":
      return wrongNumber(element, textOf(value));
    case "email_text_input":
      return /^\S+@\S+\.\S+$/.test(textOf(value)) ? undefined : "Enter a valid email address.";
    case "url_text_input":
      return /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(textOf(value)) ? undefined : "Enter a valid URL.";
    default:
      return undefined;
  }
}

function wrongLength(element: JsonObject, text: string): string | undefined {
  const min = Number(element["min_length"] ?? 0);
  const max = Number(element["max_length"] ?? 3000);
  if (text.length < min) return `Enter at least ${min} characters.`;
  return text.length > max ? `Enter no more than ${max} characters.` : undefined;
}

function wrongNumber(element: JsonObject, text: string): string | undefined {
  const decimal = element["is_decimal_allowed"] === true;
  if (!(decimal ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/).test(text)) {
    return decimal ? "Enter a number." : "Enter a whole number.";
  }
  const min = element["min_value"];
  const max = element["max_value"];
  if (min !== undefined && Number(text) < Number(min)) return `Enter a number of at least ${textOf(min)}.`;
  if (max !== undefined && Number(text) > Number(max)) return `Enter a number of at most ${textOf(max)}.`;
  return undefined;
}
