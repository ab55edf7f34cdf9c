import { analyzeWithin, checkSql } from "../../sql/check-sql.ts";
import type { Guardrails } from "../../sql/guardrails.ts";
import { SqlRefused } from "../../sql/refusal.ts";
import type { Refusal, RefusalCode } from "../../sql/refusal.ts";
import type { AnalyzeResult } from "../../sql/sql-analysis.ts";
import { overlaps, single, union } from "../char-set.ts";
import { classificationRank as rank } from "../classification-order.ts";
import { queryParameter, queryText } from "../athena-step.ts";
import type { AthenaStep } from "../athena-step.ts";
import { runbookGuardrails, wrongNarrowings } from "../guardrail-narrowing.ts";
import { readPattern } from "../pattern.ts";
import { sqlShapes } from "../request-shapes.ts";
import type { Runbook } from "../runbook.ts";
import { joinClauses, sqlWords } from "../sql-clauses.ts";
import { holeRef, textField } from "../step-refs.ts";
import { parametersBehind } from "../value-refs.ts";
import type { Path } from "../yaml-file.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

const unreadableCodes: readonly RefusalCode[] = [
  "too-long",
  "too-deep",
  "too-slow",
  "busy",
  "not-sql",
  "several-statements",
  "not-a-query",
  "not-supported",
  "identifier",
];

/** Holds before a value can be bound. */
export const sqlTextRules: readonly Rule[] = [
  {
    id: "SQL01",
    severity: "error",
    says: "The text is exactly one Trino query, SELECT or WITH, that can be understood; a QueryFile exists.",
    check: unreadable,
  },
];

/** Rules about the text of a query, read in every shape that its optional clauses can give it. */
export const sqlRules: readonly Rule[] = [
  refusalRule("SQL02", "No `*` over a table, unless the data source allows it: columns are named.", ["star"]),
  refusalRule(
    "SQL03",
    "A LIMIT at the end is a plain number of at most maxRows and the data source's limit.",
    ["limit"],
  ),
  refusalRule(
    "SQL04",
    "Every mention of a table is held to a range or to named values of each partition that its data source says, by conditions that all rows must meet.",
    ["partition", "range"],
  ),
  refusalRule("SQL05", "`:name` stands only in WHERE, and never a bare `?`.", ["parameter"]),
  {
    id: "SQL06",
    severity: "error",
    says: "A parameter in the pattern of a LIKE can't hold `%` or `_`.",
    check: wildcards,
  },
  {
    id: "SQL07",
    severity: "error",
    says: "The output's columns are those of the query, in order; a query of the requester's own declares none.",
    check: columnsInOrder,
  },
  refusalRule(
    "SQL08",
    "Only tables and columns of the data source; a masked column stands alone in the outermost SELECT.",
    ["table", "view", "column", "masked-column"],
  ),
  refusalRule(
    "SQL09",
    "Only functions that the data source allows, no more joins and relations than it allows.",
    ["function", "joins", "relations"],
  ),
  {
    id: "SQL10",
    severity: "warning",
    says: "A query has an ORDER BY, so that what a LIMIT cuts off is not left to chance.",
    check: ({ runbook, dataSource }) => {
      const [shape] = dataSource ? sqlShapes(runbook, dataSource) : [];
      return shape?.binding.analysis?.ordered === false
        ? texts(runbook).map(({ path }) => ({ path, message: "it has no ORDER BY" }))
        : [];
    },
  },
  {
    id: "SQL11",
    severity: "warning",
    says: "JSON is read by its path (json_extract_scalar), not by `LIKE '%…%'` over its text.",
    check: ({ runbook }) =>
      texts(runbook).flatMap(({ text, path }) =>
        likesJson(text) ? [{ path, message: "read the value with json_extract_scalar" }] : [],
      ),
  },
  {
    id: "SQL12",
    severity: "error",
    says: "A runbook's guardrails name what its data source has and allow no more than it; examples of a query are admitted by them.",
    check: narrowings,
  },
  {
    id: "RB012",
    severity: "error",
    says: "A step's action belongs to the service of the data source.",
    check: ({ runbook, dataSource }) =>
      dataSource
        ? runbook.steps.flatMap(({ action }, index) =>
            action.startsWith(`${dataSource.service}:`)
              ? []
              : [
                  {
                    path: ["steps", index, "action"],
                    message: `${dataSource.name} is a data source of ${dataSource.service}`,
                  },
                ],
          )
        : [],
  },
];

/** Rules about what a query may cost and who may see its rows; the LIM01 and OUT01 of Athena. */
export function scanBudget({ runbook, dataSource }: RuleContext): Finding[] {
  if (dataSource?.service !== "athena") return [];
  const { maxBytesScanned } = runbook.limits;
  const most = dataSource.guardrails.maxScanBytes;
  if (maxBytesScanned === undefined)
    return [{ path: ["limits"], message: "an Athena query needs maxBytesScanned" }];
  return maxBytesScanned > most
    ? [{ path: ["limits", "maxBytesScanned"], message: `the data source allows ${most}` }]
    : [];
}

/** Columns that say less of their sensitivity than the column that they show, or show a masked one. */
export function queryColumnClasses({ runbook, dataSource }: RuleContext): Finding[] {
  if (dataSource?.service !== "athena") return [];
  const outputs = sqlShapes(runbook, dataSource).find(({ binding }) => binding.status === "bound")?.binding;
  if (outputs?.status !== "bound") return [];
  return (outputs.result.outputs ?? []).flatMap(({ name, classification, mask }, at): Finding[] => {
    const column = runbook.output.columns[at];
    if (!column || column.name !== name) return [];
    const path = ["output", "columns", at];
    if (classification && rank(column.classification) < rank(classification)) {
      const message = `the catalogue says ${classification} for ${name}, the column ${column.classification}`;
      return [{ path: [...path, "classification"], message }];
    }
    return mask && column.mask === "none"
      ? [{ path: [...path, "mask"], message: `${name} may only be shown masked; its mask is last4 or hide` }]
      : [];
  });
}

type SqlRuleId = "SQL02" | "SQL03" | "SQL04" | "SQL05" | "SQL08" | "SQL09";

function unreadable({ runbook, dataSource }: RuleContext): Finding[] {
  const [found] = athenaSteps(runbook);
  const text = found && queryText(found[0]);
  if (!found || text === undefined || dataSource?.service !== "athena") return [];
  const [step, index] = found;
  const guardrails = runbookGuardrails(runbook, dataSource);
  const shapes = clauseSubsets(step).map((clauses) => {
    const read = analyzeClauses(text, clauses, guardrails);
    return read.status === "refused"
      ? read.refusals.filter(({ code }) => unreadableCodes.includes(code))
      : [];
  });
  // The first shape is the text as it stands in the file, whose lines a person can find.
  const refusals = shapes.find((shape) => shape.length > 0) ?? [];
  const path = ["steps", index, "request", textField(step)];
  return refusals.map((one) => ({ path, message: placed(one) }));
}

function clauseSubsets({ optional = [] }: AthenaStep): string[][] {
  return optional.reduce<string[][]>((sets, { and }) => [...sets, ...sets.map((set) => [...set, and])], [[]]);
}

function analyzeClauses(text: string, clauses: readonly string[], guardrails: Guardrails): AnalyzeResult {
  try {
    return analyzeWithin(joinClauses(text, clauses), guardrails, "named");
  } catch (error) {
    if (error instanceof SqlRefused) return { status: "refused", refusals: [error.refusal] };
    throw error;
  }
}

function placed({ line, column, message }: Refusal): string {
  return `SQL line ${line}, column ${column}: ${message}`;
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

function refusalRule(id: SqlRuleId, says: string, codes: readonly RefusalCode[]): Rule {
  return {
    id,
    severity: "error",
    says,
    check: ({ runbook, dataSource }) => {
      if (!dataSource) return [];
      const [step] = athenaSteps(runbook);
      const path: Path = step ? ["steps", step[1], "request", textField(step[0])] : ["steps"];
      const findings = sqlShapes(runbook, dataSource).flatMap(({ given, binding }) =>
        binding.status === "refused"
          ? binding.refusals
              .filter(({ code }) => codes.includes(code))
              .map((one) => ({ path, message: `${placed(one)}${shapeText(given)}` }))
          : [],
      );
      return distinct(findings).slice(0, 5);
    },
  };
}

function athenaSteps({ steps }: Runbook): [AthenaStep, number][] {
  return steps.flatMap((step, index): [AthenaStep, number][] =>
    step.action === "athena:StartQueryExecution" ? [[step, index]] : [],
  );
}

function texts(runbook: Runbook): { text: string; path: Path }[] {
  return athenaSteps(runbook).flatMap(([step, index]) => {
    const text = queryText(step);
    return text === undefined ? [] : [{ text, path: ["steps", index, "request", textField(step)] }];
  });
}

function shapeText(given: readonly string[]): string {
  return given.length === 0 ? "" : ` (when ${given.join(" and ")} is given)`;
}

const percentOrUnderscore = union([single(0x25), single(0x5f)]);

function wildcards({ runbook, dataSource }: RuleContext): Finding[] {
  if (!dataSource) return [];
  const names = sqlShapes(runbook, dataSource)
    .flatMap(({ binding }) => binding.analysis?.parameters ?? [])
    .filter(({ inPattern }) => inPattern)
    .flatMap(({ name }) => parametersBehind(holeRef(name, runbook), runbook));
  return [...new Set(names)].flatMap((name) => {
    const parameter = runbook.parameters.properties[name];
    if (parameter?.type !== "string" || parameter.format !== undefined) return [];
    const { enum: options, pattern } = parameter;
    const open = options
      ? options.some((option) => /[%_]/.test(option))
      : pattern === undefined || overlaps(readPattern(pattern).alphabet, percentOrUnderscore);
    return open ? [{ path: ["steps", 0], message: `"${name}" in a LIKE could hold % or _` }] : [];
  });
}

function columnsInOrder({ runbook, dataSource }: RuleContext): Finding[] {
  const path = ["output", "columns"];
  const declared = runbook.output.columns.map(({ name }) => name);
  if (athenaSteps(runbook).some(([step]) => queryParameter(step) !== undefined)) {
    return declared.length > 0
      ? [{ path, message: "the columns are those of the requester's query; declare none" }]
      : [];
  }
  const shape =
    dataSource && sqlShapes(runbook, dataSource).find(({ binding }) => binding.status === "bound");
  if (shape?.binding.status !== "bound") return [];
  const made = shape.binding.analysis.outputs?.map(({ name }) => name);
  if (!made) return [{ path, message: "a * hides the columns of the query" }];
  return made.join() === declared.join()
    ? []
    : [
        {
          path,
          message: `the query gives ${made.join(", ")}; declared are ${declared.join(", ") || "none"}`,
        },
      ];
}

const jsonColumns = ["requestparameters", "responseelements", "additionaleventdata"];

function likesJson(text: string): boolean {
  const words = sqlWords(text);
  return words.some((word, at) => {
    const next = words[at + 1] === "not" ? words.slice(at + 2, at + 4) : words.slice(at + 1, at + 3);
    return jsonColumns.includes(word) && next[0] === "like" && next[1]?.startsWith("'%") === true;
  });
}

function narrowings({ runbook, dataSource }: RuleContext): Finding[] {
  if (dataSource?.service !== "athena") return [];
  const wrong = wrongNarrowings(runbook, dataSource).map((message) => ({ path: ["guardrails"], message }));
  if (wrong.length > 0) return wrong;
  return athenaSteps(runbook).flatMap(([step]) => {
    const own = queryParameter(step);
    const parameter = own === undefined ? undefined : runbook.parameters.properties[own];
    if (own === undefined || parameter?.type !== "sql") return [];
    return parameter.examples.flatMap((example, at) => {
      const checked = checkSql(example, runbookGuardrails(runbook, dataSource), new Date(0));
      if (checked.status === "ok") return [];
      const message = checked.refusals.map((one) => one.message).join("; ");
      return [
        { path: ["parameters", "properties", own, "examples", at], message: `it is refused: ${message}` },
      ];
    });
  });
}
