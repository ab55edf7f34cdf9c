import type { Statement } from "./policy-document.ts";

/** The values of one condition of a statement; none if it has no such condition. */
export function valuesOf(statement: Statement, operator: string, key: string): readonly string[] {
  return listed(statement.Condition?.[operator]?.[key] ?? []);
}

/** An element of a statement that may be one text or several. */
export function listed(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

/** `until 02:31:10Z`, or nothing before the policy is leased. */
export function untilExpiry(statement: Statement): string[] {
  const [expiry] = valuesOf(statement, "DateLessThan", "aws:CurrentTime");
  return expiry === undefined ? [] : [`until ${expiry.slice(11)}`];
}

/** `A`, `A and B`, `A, B and C`. */
export function series(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
