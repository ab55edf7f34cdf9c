import type * as z from "zod";

export type SchemaFinding = { path: PropertyKey[]; message: string; expected?: string; received?: string };

/**
 * Zod's issues as sentences for the author of a file. An issue whose message is empty has no sentence of its own
 * in the schema and gets one here; one unknown key is one finding, standing at that key.
 */
export function schemaFindings(error: z.ZodError, value: unknown): SchemaFinding[] {
  return error.issues.flatMap((issue) => findings(issue, value));
}

function findings(issue: z.core.$ZodIssue, value: unknown): SchemaFinding[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: issue.message || `the key "${key}" is not known here`,
    }));
  }
  const received = valueAt(value, issue.path);
  if (received === undefined) return [{ path: issue.path, message: missing(issue), ...expectation(issue) }];
  const message = issue.message || nestedMessage(issue) || "the value is not allowed";
  return [{ path: issue.path, message, ...expectation(issue), received: describe(received) }];
}

function missing(issue: z.core.$ZodIssue): string {
  const name = issue.path.at(-1);
  return issue.message || (name === undefined ? "the file has no content" : `"${String(name)}" is missing`);
}

/** A key's own rule, or the first branch of a union that knows better. */
function nestedMessage(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === "invalid_key") return issue.issues.find(({ message }) => message)?.message;
  if (issue.code === "invalid_union") return issue.errors.flat().find(({ message }) => message)?.message;
  return undefined;
}

function expectation(issue: z.core.$ZodIssue): { expected?: string } {
  const expected = expectedOf(issue);
  return expected === undefined ? {} : { expected };
}

function expectedOf(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === "invalid_type") {
    return issue.expected === "int" ? "a whole number" : (words[issue.expected] ?? issue.expected);
  }
  if (issue.code === "invalid_value") return issue.values.map((one) => JSON.stringify(one)).join(" or ");
  if (issue.code === "too_small") return `at least ${issue.minimum}${unit(issue.origin)}`;
  if (issue.code === "too_big") return `at most ${issue.maximum}${unit(issue.origin)}`;
  if (issue.code === "invalid_format") return issue.pattern;
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return issue.options.map(String).join(" or ");
  }
  return undefined;
}

const words: Record<string, string> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function unit(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " entries" : "";
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, part)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[part];
  }
  return here;
}

function describe(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? typeof value;
  const kind = typeof value === "string" ? "text" : typeof value;
  return `${kind} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
