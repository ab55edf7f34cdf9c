import { overlaps, single } from "./char-set.ts";
import type { InputValue } from "./inputs.ts";
import type { Parameter, StringParameter } from "./parameter.ts";
import { readPattern } from "./pattern.ts";

const formatExamples = {
  date: "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
  ipv4: "192.0.2.10",
  email: "somebody@example.com",
};

/** A value that the parameter accepts; rule PAR04 sees to it that a pattern has an example. */
export function exampleValue(parameter: Parameter): InputValue {
  switch (parameter.type) {
    case "string":
      return parameter.enum?.[0] ?? textExample(parameter);
    case "integer":
    case "number":
      return parameter.examples?.[0] ?? parameter.minimum;
    case "sql":
      return parameter.examples[0] ?? "";
    case "boolean":
      return true;
    case "array":
      return parameter.items.enum.slice(0, parameter.minItems ?? 1);
  }
}

/** A value as long as the parameter allows; `seed` keeps the values of two parameters apart. Derived functions may read it. */
export function longestValue(parameter: Parameter, seed: number): InputValue {
  switch (parameter.type) {
    case "string":
      return parameter.enum ? longest(parameter.enum) : longestText(parameter, seed);
    case "integer":
    case "number":
      return longest([parameter.minimum, parameter.maximum].map(String)).length >
        String(parameter.maximum).length
        ? parameter.minimum
        : parameter.maximum;
    case "sql":
      return parameter.examples[0] ?? "";
    case "boolean":
      return false;
    case "array":
      return parameter.items.enum.toSorted((a, b) => b.length - a.length).slice(0, parameter.maxItems);
  }
}

function textExample({ examples, format }: StringParameter): string {
  return examples?.[0] ?? (format ? formatExamples[format] : "");
}

function longestText({ format, pattern, maxLength = 1024 }: StringParameter, seed: number): string {
  if (format === "date" || format === "date-time") return formatExamples[format];
  if (format === "uuid") return formatExamples.uuid;
  if (format === "ipv4") return "255.255.255.255";
  const facts = pattern === undefined ? undefined : readPattern(pattern);
  const length = Math.min(maxLength, facts?.maxLength ?? maxLength);
  const quote = 0x22; // doubles in JSON
  const filler = facts && overlaps(facts.alphabet, single(quote)) ? '"' : "W";
  return `${seed}${filler.repeat(length)}`.slice(0, length);
}

function longest(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b.length > a.length ? b : a), "");
}
