import type { AthenaSource } from "../athena-source.ts";
import { guardrailOf } from "../../sql/guardrails.ts";
import type { ColumnOwner } from "../../sql/scopes.ts";
import { boundAttributes } from "../bound-attributes.ts";
import { queryText } from "../athena-step.ts";
import { lastCodePoint, overlaps, single, union } from "../char-set.ts";
import type { CharSet } from "../char-set.ts";
import type { StringParameter } from "../parameter.ts";
import { readPattern } from "../pattern.ts";
import { sqlShapes } from "../request-shapes.ts";
import type { Runbook } from "../runbook.ts";
import { sqlHoles } from "../sql-clauses.ts";
import { holeRef } from "../step-refs.ts";
import { parametersBehind, refsIn } from "../value-refs.ts";
import type { Path } from "../yaml-file.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

/** Rules about where a parameter's value goes; they need readable expressions. */
export const bindingRules: readonly Rule[] = [
  {
    id: "PAR03",
    severity: "error",
    says: "A string that reaches a key can't contain the separator `#`, nor a character beyond U+00FF, which a session policy can't carry.",
    check: ({ runbook }) => keyStrings(runbook).flatMap(([name, parameter]) => keyProblem(name, parameter)),
  },
  {
    id: "PAR09",
    severity: "error",
    says: "A parameter that is compared with a pii attribute has `x-sensitive: true`.",
    check: unmaskedPii,
  },
  {
    id: "PAR11",
    severity: "error",
    says: "A list is bound as `{S: {$param: name}}` to a placeholder that stands alone in `IN (:name)` of a filter; in SQL its `:name` stands so.",
    check: misplacedLists,
  },
];

function at(name: string): Path {
  return ["parameters", "properties", name];
}

function keyStrings(runbook: Runbook): [string, StringParameter][] {
  const names = runbook.steps
    .flatMap(boundAttributes)
    .filter(({ place }) => place === "key")
    .flatMap(({ value }) => refsIn(value))
    .flatMap(({ ref }) => parametersBehind(ref, runbook));
  return Object.entries(runbook.parameters.properties).flatMap(([name, parameter]) =>
    parameter.type === "string" && names.includes(name) ? [[name, parameter]] : [],
  );
}

const separator = single(0x23);
const beyondLatin1: CharSet = [[0x100, lastCodePoint]];

function keyProblem(name: string, { enum: options, pattern }: StringParameter): Finding[] {
  const alphabet = options
    ? union(options.map(charsOf))
    : pattern === undefined
      ? []
      : readPattern(pattern).alphabet;
  if (overlaps(alphabet, separator)) {
    return [{ path: at(name), message: 'a value could contain "#", which separates parts of keys' }];
  }
  if (overlaps(alphabet, beyondLatin1)) {
    const message = "a value could contain characters beyond U+00FF; name the allowed ones in the pattern";
    return [{ path: at(name), message }];
  }
  return [];
}

function charsOf(text: string): CharSet {
  return union(Array.from(text, (char) => single(char.codePointAt(0) ?? 0)));
}

function unmaskedPii({ runbook, dataSource }: RuleContext): Finding[] {
  if (dataSource?.service === "athena") return unmaskedPiiInSql(runbook, dataSource);
  return runbook.steps
    .flatMap(boundAttributes)
    .filter(({ attribute }) => dataSource?.attributes[attribute]?.classification === "pii")
    .flatMap(({ attribute, value }) =>
      refsIn(value)
        .flatMap(({ ref }) => parametersBehind(ref, runbook))
        .filter((name) => runbook.parameters.properties[name]?.["x-sensitive"] !== true)
        .map((name) => ({
          path: at(name),
          message: `it is compared with ${attribute} (pii) but is not x-sensitive`,
        })),
    );
}

/**
 * The analysis does not say which value meets which column beyond plain comparisons. So with a pii column among the
 * conditions every free text counts as compared with it, unless it is seen to be compared with another one.
 */
function unmaskedPiiInSql(runbook: Runbook, source: AthenaSource): Finding[] {
  const names = sqlShapes(runbook, source).flatMap(({ binding: { analysis } }) => {
    if (!analysis) return [];
    const isPersonal = ({ table, column }: ColumnOwner) =>
      guardrailOf(source.guardrails, table.name)?.columns[column]?.classification === "pii";
    const conditions = analysis.columns.filter(({ clause }) => clause === "where" || clause === "from");
    if (!conditions.some(({ owners }) => owners.some(isPersonal))) return [];
    const elsewhere = analysis.tables.flatMap((table) =>
      table.predicates
        .filter(({ column }) => !isPersonal({ table, column }))
        .flatMap(({ values }) => values.flatMap((value) => (value.kind === "parameter" ? value.index : []))),
    );
    return analysis.parameters.flatMap(({ index, name }) =>
      elsewhere.includes(index) ? [] : parametersBehind(holeRef(name, runbook), runbook),
    );
  });
  return [...new Set(names)].flatMap((name) => {
    const parameter = runbook.parameters.properties[name];
    if (parameter?.type !== "string" || parameter.enum || parameter["x-sensitive"]) return [];
    return [
      { path: at(name), message: "it is used beside a pii column in a condition but is not x-sensitive" },
    ];
  });
}

function misplacedLists({ runbook }: RuleContext): Finding[] {
  const lists = Object.entries(runbook.parameters.properties).flatMap(([name, { type }]) =>
    type === "array" ? [name] : [],
  );
  const derivedFromList = refsIn(runbook.derived ?? {}, ["derived"]).filter(
    ({ ref }) => "$param" in ref && lists.includes(ref.$param),
  );
  const bound = runbook.steps.flatMap((step, index) =>
    boundAttributes(step).map((found) => ({ ...found, path: ["steps", index, ...found.path] })),
  );
  const misplaced = bound.filter(
    ({ value, form, place }) =>
      refsIn(value).some(({ ref }) => "$param" in ref && lists.includes(ref.$param)) &&
      (form !== "only-choice" || place === "key" || !("S" in value)),
  );
  const inSql = runbook.steps.flatMap((step, index) =>
    step.action === "athena:StartQueryExecution"
      ? [queryText(step) ?? "", ...(step.optional ?? []).map(({ and }) => and)]
          .flatMap(sqlHoles)
          .filter(({ name, isOnlyChoice }) => lists.includes(name) && !isOnlyChoice)
          .map(() => ({ path: ["steps", index, "request"] }))
      : [],
  );
  return [...derivedFromList, ...misplaced, ...inSql].map(({ path }) => ({
    path,
    message: "a list can stand only in IN (:name) of a filter or of SQL",
  }));
}
