import { matchPattern } from "./match-pattern.ts";
import { expandPattern, unresolved, type PatternPart } from "./policy-variables.ts";
import type { RequestContext } from "./request-context.ts";
import type { Truth } from "./truth.ts";

/**
 * Whether an ARN of a policy covers an ARN of a request. Parts are compared one by one: a wildcard of the
 * first five parts never reaches over a colon, the sixth part may hold colons itself. `*` alone covers all.
 * An ARN with fewer than six parts is not decided here (AWS completes it; we don't guess).
 */
export function matchArn(pattern: string, arn: string, context: RequestContext): Truth {
  if (pattern === "*") return true;
  // Most patterns hold no wildcard and no variable: then a cover is the ARN itself.
  if (!/[*?$]/u.test(pattern)) return pattern === arn || (splitArn(pattern).length < 6 ? "unknown" : false);
  const expanded = expandPattern(pattern, context);
  if (expanded === unresolved) return "unknown";
  const wanted = splitArnPattern(expanded);
  if (wanted.length < 6) return "unknown";
  const given = splitArn(arn);
  if (given.length < 6) return false;
  return wanted.every((part, index) => matchPattern(part, given[index] ?? ""));
}

function splitArn(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function splitArnPattern(pattern: readonly PatternPart[]): PatternPart[][] {
  const segments: PatternPart[][] = [[]];
  for (const part of pattern) {
    if (part.kind !== "text" || !part.written) {
      segments.at(-1)?.push(part);
      continue;
    }
    const pieces = part.text.split(":");
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        if (segments.length < 6) segments.push([]);
        else segments.at(-1)?.push({ kind: "text", text: ":", written: true });
      }
      if (piece) segments.at(-1)?.push({ kind: "text", text: piece, written: true });
    }
  }
  return segments;
}
