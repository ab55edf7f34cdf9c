import { hiddenCharacter } from "./hidden-characters.ts";
import type { SqlParameter } from "./parameter.ts";
import type { Parsed } from "./parse-inputs.ts";

const maxTextLength = 3000; // a text field of Slack

/** The text of a query before anybody has read it as SQL: `checkInputs` holds it to the guardrails. */
export function parseSqlText(
  { title, maxLength = maxTextLength }: SqlParameter,
  given: unknown,
): Parsed<string> {
  const invalid = (message: string) => ({ status: "invalid", message }) as const;
  if (typeof given !== "string") return invalid(`${title} is a text.`);
  const text = given.replaceAll("\r\n", "\n").trim();
  const length = Array.from(text).length;
  if (length === 0) return invalid(`${title} is empty.`);
  if (length > maxLength)
    return invalid(`${title} has ${length} characters; at most ${maxLength} are allowed.`);
  const hidden = hiddenCharacter(text.replaceAll(/[\n\t]/g, " "));
  if (hidden)
    return invalid(`${title} contains an invisible character (${hidden}). Type it instead of pasting it.`);
  return { status: "valid", value: text };
}
