import { hiddenCharacter } from "./hidden-characters.ts";
import type { StringParameter } from "./parameter.ts";
import type { Parsed } from "./parse-inputs.ts";
import { canonicalDate, canonicalDateTime } from "./time-text.ts";

/** Longer than any parameter may be: refused before a regular expression sees it. */
const absoluteMaxLength = 1024;

/** Text exactly as typed, or a date or time in canonical form. Bound as data later, so quotes and the like are no matter. */
export function parseText(parameter: StringParameter, given: unknown): Parsed<string> {
  const { title } = parameter;
  const time = parameter.format === "date-time" && typeof given === "number" ? String(given) : given;
  if (typeof time !== "string") return invalid(`${title} is a text.${example(parameter)}`);
  return checkText(parameter, time);
}

function checkText(parameter: StringParameter, text: string): Parsed<string> {
  const { title, minLength = 0, maxLength = absoluteMaxLength } = parameter;
  const length = Array.from(text).length;
  if (length > Math.min(maxLength, absoluteMaxLength)) {
    return invalid(`${title} has ${length} characters; at most ${maxLength} are allowed.`);
  }
  const hidden = hiddenCharacter(text);
  if (hidden)
    return invalid(`${title} contains an invisible character (${hidden}). Type it instead of pasting it.`);
  if (text.includes("${")) return invalid(`${title} can't contain "\${".`);
  if (parameter.enum) {
    return parameter.enum.includes(text) ? { status: "valid", value: text } : invalid(notAnOption(parameter));
  }
  if (text.trim() !== text) return invalid(`${title} has a space at its beginning or end. Remove it.`);
  if (length < minLength)
    return invalid(`${title} has ${length} characters; at least ${minLength} are needed.`);
  const value = formatted(parameter.format, text);
  if (value === undefined) return invalid(`${title} ${formatWords[parameter.format ?? "uuid"]}.`);
  if (parameter.pattern !== undefined && !new RegExp(parameter.pattern, "u").test(text)) {
    return invalid(`${title} does not have the right form.${example(parameter)}`);
  }
  return { status: "valid", value };
}

type Format = NonNullable<StringParameter["format"]>;

const formatWords: Record<Format, string> = {
  date: "is a day that exists, written like 2026-11-21",
  "date-time": "is a time with its zone, written like 2026-11-21T02:10:00Z",
  uuid: "is a UUID, written like 123e4567-e89b-42d3-a456-426614174000",
  ipv4: "is an IPv4 address, written like 192.0.2.10",
  email: "is an e-mail address, written like somebody@example.com",
};

const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const formatPatterns: Record<"uuid" | "ipv4" | "email", RegExp> = {
  uuid: /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  ipv4: new RegExp(`^${octet}(?:\\.${octet}){3}$`),
  email: /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}$/,
};

/** The canonical form under a format, undefined when the text does not have it. */
function formatted(format: Format | undefined, text: string): string | undefined {
  switch (format) {
    case undefined:
      return text;
    case "date":
      return canonicalDate(text);
    case "date-time":
      return canonicalDateTime(text);
    case "uuid":
    case "ipv4":
    case "email":
      return formatPatterns[format].test(text) ? text : undefined;
  }
}

function notAnOption({ title, enum: options = [] }: StringParameter): string {
  const few = options.length <= 8 ? `: ${options.join(", ")}` : "";
  return `${title} is one of ${options.length} options${few}.`;
}

function example({ examples }: StringParameter): string {
  return examples ? ` Example: ${examples[0]}` : "";
}

function invalid(message: string): { status: "invalid"; message: string } {
  return { status: "invalid", message };
}
