/**
 * Joins conditions with AND. One that has an OR outside of brackets is put in brackets; others are not, because
 * DynamoDB refuses redundant ones. Expressions hold no quoted text, so brackets and words can be counted as they stand.
 */
export function andExpression(conditions: readonly (string | undefined)[]): string | undefined {
  const present = conditions.filter((condition) => condition !== undefined);
  if (present.length <= 1) return present[0];
  return present.map((condition) => (hasOuterOr(condition) ? `(${condition})` : condition)).join(" AND ");
}

function hasOuterOr(condition: string): boolean {
  let depth = 0;
  for (const [token] of condition.matchAll(/[()]|[#:]?[A-Za-z0-9_.-]+/g)) {
    if (token === "(") depth++;
    else if (token === ")") depth--;
    else if (depth === 0 && token.toUpperCase() === "OR") return true;
  }
  return false;
}
