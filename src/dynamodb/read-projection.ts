import { parseProjection } from "./parse-projection.ts";
import type { Placeholders, ResolvedPath } from "./placeholders.ts";
import { RequestError } from "./request-error.ts";

/**
 * The top-level names of a projection. Throws `RequestError` if there is none (the whole item would be read)
 * or if two paths overlap, which DynamoDB refuses.
 */
export function readProjection(expression: string | undefined, placeholders: Placeholders): string[] {
  if (expression === undefined || expression.trim() === "") {
    throw new RequestError(
      "missing-projection",
      "ProjectionExpression is missing: whole items are never read.",
    );
  }
  const paths = parseProjection(expression).map((path) => placeholders.path(path));
  expectDisjoint(paths);
  return paths.map(([name]) => name);
}

function expectDisjoint(paths: readonly ResolvedPath[]): void {
  for (const [index, path] of paths.entries()) {
    const other = paths.slice(0, index).find((earlier) => conflict(path, earlier));
    if (!other) continue;
    throw new RequestError(
      "overlapping-paths",
      `ProjectionExpression names ${describe(other)} and ${describe(path)}, which overlap; keep one.`,
    );
  }
}

/** One path holds the other, or they take the same thing once for a list and once for a map. */
function conflict(left: ResolvedPath, right: ResolvedPath): boolean {
  const shorter = Math.min(left.length, right.length);
  for (let depth = 0; depth < shorter; depth += 1) {
    if (typeof left[depth] !== typeof right[depth]) return true;
    if (left[depth] !== right[depth]) return false;
  }
  return true;
}

function describe(path: ResolvedPath): string {
  return path
    .map((part, depth) => (typeof part === "number" ? `[${part}]` : depth > 0 ? `.${part}` : part))
    .join("");
}
