import type { Access } from "./access-file.ts";
import type { AccessFinding } from "./access-findings.ts";
import { type AccessRule, readRule } from "./access-rule.ts";
import type { ComparedLiteral } from "./compared-literals.ts";
import { knownValues, type Values } from "./known-values.ts";
import { compileExpression } from "./rule-expression.ts";
import type { DataSourcesFile } from "./data-sources.ts";
import type { Runbook } from "./runbook.ts";

type Path = (string | number)[];

/**
 * Values of `access.yml` that no request can ever have, so that a rule or a policy waits for them in vain: one that denies
 * would never deny. Relies on every runbook, also on those with other mistakes.
 */
export function unknownValues(
  access: Access,
  runbooks: readonly Runbook[],
  sources: DataSourcesFile,
): AccessFinding[] {
  const known = knownValues(access, runbooks, sources);
  const parameters = new Set(runbooks.flatMap((one) => Object.keys(one.parameters.properties)));
  return [
    ...(access.rules ?? []).flatMap((rule, at) => ruleFindings(rule, ["rules", at], known, parameters)),
    ...access.policies.flatMap(({ tags = [], environments = [] }, at) => [
      ...matcherFindings(tags, ["policies", at, "tags"], known.get("runbook.tags")),
      ...matcherFindings(environments, ["policies", at, "environments"], known.get("plan.environment")),
    ]),
  ];
}

function ruleFindings(
  rule: AccessRule,
  path: Path,
  known: ReadonlyMap<string, Values>,
  parameters: ReadonlySet<string>,
): AccessFinding[] {
  const { kind, expression } = readRule(rule);
  const compiled = compileExpression(expression);
  if (compiled.status === "wrong") return []; // told as ACC10
  const inputs = compiled.names.flatMap((name) => /^inputs\.(.+)$/.exec(name)?.[1] ?? []);
  return [
    ...compiled.literals.flatMap((literal) => literalFindings(literal, [...path, kind], known)),
    ...inputs
      .filter((name) => !parameters.has(name))
      .map((name) => error([...path, kind], `ACC22: no runbook has a parameter "${name}"`)),
  ];
}

function literalFindings(
  { fact, text, by, at }: ComparedLiteral,
  path: Path,
  known: ReadonlyMap<string, Values>,
): AccessFinding[] {
  const values = known.get(fact);
  if (!values || values.some((value) => fits[by](value, text))) return [];
  const never = by === "equals" ? `is never "${text}"` : `never ${verbs[by]} "${text}"`;
  const message = `ACC21: at character ${at} of the expression: ${fact} ${never}; ${knownWords(values)}`;
  return [by === "equals" ? error(path, message) : { path, message, severity: "warning" }];
}

const fits: Record<ComparedLiteral["by"], (value: string, text: string) => boolean> = {
  equals: (value, text) => value === text,
  startsWith: (value, text) => value.startsWith(text),
  endsWith: (value, text) => value.endsWith(text),
  contains: (value, text) => value.includes(text),
};

const verbs = { startsWith: "starts with", endsWith: "ends with", contains: "contains" } as const;

function matcherFindings(wanted: readonly string[], path: Path, values: Values = []): AccessFinding[] {
  return wanted.flatMap((value, at) =>
    values.includes(value)
      ? []
      : [error([...path, at], `ACC21: nothing here has "${value}"; ${knownWords(values)}`)],
  );
}

function knownWords(values: Values): string {
  return `known: ${[...values].join(", ") || "none"}`;
}

function error(path: Path, message: string): AccessFinding {
  return { path, message, severity: "error" };
}
