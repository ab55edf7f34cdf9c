import type { Statement } from "./policy-document.ts";

type Check = (value: unknown) => boolean;

/** A claim about a statement; `says` completes "Statement 1: …". */
export type Rule = { says: string; holds: (statement: Statement) => boolean };

/** Operator → key → what its value must be. Nothing may be missing and nothing may be added. */
export type ConditionTemplate = Record<string, Record<string, Check>>;

export const oneOf =
  (...texts: string[]): Check =>
  (value) =>
    typeof value === "string" && texts.includes(value);

export const matching =
  (form: RegExp): Check =>
  (value) =>
    typeof value === "string" && form.test(value);

/** A list with something in it, all of whose members are text that passes, none twice. */
export const listOf =
  (passes: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length > 0 && new Set(value).size === value.length && value.every(passes);

/** What holds for every statement of ours, of whatever engine. */
const commonRules: readonly Rule[] = [
  { says: "it must allow, not deny", holds: (s) => s.Effect === "Allow" },
  {
    says: "it has an element besides Effect, Action, Resource and Condition",
    holds: (s) => Object.keys(s).length === 4,
  },
];

export const region = matching(/^[a-z0-9-]+$/u);

/** Every statement ends: `leasePolicy` writes it. */
export const expiry: ConditionTemplate = {
  DateLessThan: { "aws:CurrentTime": matching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/u) },
};

/** What keeps a statement from the rules and its conditions from the template. */
export function problemsOf(
  statement: Statement,
  rules: readonly Rule[],
  template: ConditionTemplate,
): string[] {
  return [
    ...[...commonRules, ...rules].filter((rule) => !rule.holds(statement)).map((rule) => rule.says),
    ...problemsOfCondition(statement.Condition ?? {}, template),
  ];
}

function problemsOfCondition(
  condition: Record<string, Record<string, unknown>>,
  template: ConditionTemplate,
): string[] {
  const extra = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.keys(keys)
      .filter((key) => !template[operator]?.[key])
      .map((key) => `${operator} ${key} does not belong there`),
  );
  const wrong = Object.entries(template).flatMap(([operator, keys]) =>
    Object.entries(keys)
      .filter(([key, fits]) => !fits(condition[operator]?.[key]))
      .map(([key]) => `${operator} ${key} is missing or not as it must be`),
  );
  const empty = Object.keys(condition).filter((operator) => !Object.hasOwn(template, operator));
  return [...extra, ...wrong, ...empty.map((operator) => `${operator} does not belong there`)];
}
