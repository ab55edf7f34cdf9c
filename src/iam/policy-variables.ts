import type { RequestContext } from "./request-context.ts";

/**
 * What a policy value says after its variables are filled in. `written` is text that stands in the policy,
 * as opposed to text that came out of the request: only written colons separate the parts of an ARN.
 */
export type PatternPart =
  | { kind: "text"; text: string; written: boolean }
  | { kind: "any-characters" }
  | { kind: "one-character" };

/** Returned for a `${…}` that is malformed, absent from the request or multivalued. */
export const unresolved = Symbol("unresolved policy variable");

/**
 * Fills in `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}` (IAM User Guide, policy
 * variables). Wildcards inside a filled-in value are plain characters, never wildcards.
 */
export function expandPattern(text: string, context: RequestContext): PatternPart[] | typeof unresolved {
  const parts: PatternPart[] = [];
  let at = 0;
  while (at < text.length) {
    if (text.startsWith("${", at)) {
      const end = text.indexOf("}", at);
      const value = end === -1 ? undefined : valueOfVariable(text.slice(at + 2, end), context);
      if (value === undefined) return unresolved;
      parts.push({ kind: "text", text: value, written: false });
      at = end + 1;
    } else if (text[at] === "*" || text[at] === "?") {
      parts.push({ kind: text[at] === "*" ? "any-characters" : "one-character" });
      at += 1;
    } else {
      const end = endOfPlainText(text, at);
      parts.push({ kind: "text", text: text.slice(at, end), written: true });
      at = end;
    }
  }
  return parts;
}

/** For operators without wildcards: `*` and `?` stand for themselves. */
export function expandText(text: string, context: RequestContext): string | typeof unresolved {
  if (!text.includes("${")) return text;
  const parts = expandPattern(text, context);
  if (parts === unresolved) return unresolved;
  return parts
    .map((part) => (part.kind === "text" ? part.text : part.kind === "any-characters" ? "*" : "?"))
    .join("");
}

function valueOfVariable(name: string, context: RequestContext): string | undefined {
  if (name === "*" || name === "?" || name === "$") return name;
  const [, key, fallback] = /^\s*([^\s,'{}]+)\s*(?:,\s*'([^']*)'\s*)?$/u.exec(name) ?? [];
  if (key === undefined) return undefined;
  const value = context.get(key.toLowerCase());
  return typeof value === "object" ? undefined : (value ?? fallback);
}

function endOfPlainText(text: string, from: number): number {
  let end = from + 1;
  while (end < text.length && text[end] !== "*" && text[end] !== "?" && !text.startsWith("${", end)) end += 1;
  return end;
}
