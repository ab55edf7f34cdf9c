import { accessRules } from "./rules/access-rules.ts";
import { bindingRules } from "./rules/binding-rules.ts";
import { derivedRules } from "./rules/derived-rules.ts";
import { documentRules } from "./rules/document-rules.ts";
import { expressionRules } from "./rules/expression-rules.ts";
import { narrowingRules } from "./rules/narrowing-rules.ts";
import { optionalRules } from "./rules/optional-rules.ts";
import { outputRules } from "./rules/output-rules.ts";
import { parameterRules } from "./rules/parameter-rules.ts";
import { requestRules } from "./rules/request-rules.ts";
import type { Finding, Rule, RuleContext } from "./rules/rule.ts";
import { shapeRules } from "./rules/shape-rules.ts";
import { cloudTrailRules } from "./rules/cloudtrail-rules.ts";
import { sqlRules, sqlTextRules } from "./rules/sql-rules.ts";
import { testRules } from "./rules/test-rules.ts";
import { writeRules } from "./rules/write-rules.ts";

/**
 * Each stage relies on the ones before: values can be compared with attributes when expressions can be read, and a
 * request can be bound when every value in it is declared, given and of its type.
 */
const stages: readonly (readonly Rule[])[] = [
  [
    ...documentRules,
    ...accessRules,
    ...outputRules,
    ...testRules,
    ...parameterRules,
    ...narrowingRules,
    ...derivedRules,
    ...expressionRules,
    ...sqlTextRules,
  ],
  [...bindingRules, ...requestRules, ...optionalRules, ...writeRules],
  [...shapeRules, ...sqlRules, ...cloudTrailRules],
];

/** Every rule, in the order of the documentation. */
export const allRules: readonly Rule[] = stages.flat().toSorted((a, b) => a.id.localeCompare(b.id));

export type LintFinding = Finding & { rule: Rule };

/**
 * Of the first stage these say nothing of what can be read and bound, so their errors keep no later stage back: who writes a
 * runbook sees as much as can be told at once.
 */
const standsAlone: ReadonlySet<Rule> = new Set(
  [...documentRules, ...accessRules, ...outputRules, ...testRules].filter(
    ({ id }) => id !== "RB009" && id !== "RB012", // the data source, and a step of its service
  ),
);

/** What a runbook breaks; later stages are skipped as long as an earlier one has errors that they rely on. */
export function lintRunbook(context: RuleContext): LintFinding[] {
  const findings: LintFinding[] = [];
  for (const stage of stages) {
    findings.push(...stage.flatMap((rule) => applied(rule, context)));
    if (findings.some(({ rule }) => rule.severity === "error" && !standsAlone.has(rule))) break;
  }
  return findings;
}

function applied(rule: Rule, context: RuleContext): LintFinding[] {
  return (rule.check?.(context) ?? []).map((finding) => ({ rule, ...finding }));
}
