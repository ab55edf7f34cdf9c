import type { ValueRef } from "./derived-value.ts";
import type { Runbook } from "./runbook.ts";
import type { Path } from "./yaml-file.ts";

export type FoundRef = { ref: ValueRef; path: Path };

/** Every `{$param: …}` and `{$derived: …}` under a value, with the way to it. */
export function refsIn(value: unknown, path: Path = []): FoundRef[] {
  if (typeof value !== "object" || value === null) return [];
  if (isRef(value)) return [{ ref: value, path }];
  return Object.entries(value).flatMap(([key, inner]) =>
    refsIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** The parameters that a reference stands for: itself, or those a derived value is computed from. */
export function parametersBehind(
  ref: ValueRef,
  { derived = {} }: Pick<Runbook, "derived">,
  depth = 0,
): string[] {
  if ("$param" in ref) return [ref.$param];
  const declared = Object.hasOwn(derived, ref.$derived) ? derived[ref.$derived] : undefined;
  if (!declared || depth > Object.keys(derived).length) return [];
  return declared.args.flatMap((arg) =>
    typeof arg === "object" ? parametersBehind(arg, { derived }, depth + 1) : [],
  );
}

function isRef(value: object): value is ValueRef {
  return (
    ("$param" in value && typeof value.$param === "string") ||
    ("$derived" in value && typeof value.$derived === "string")
  );
}
