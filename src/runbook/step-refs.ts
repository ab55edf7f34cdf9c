import { queryText } from "./athena-step.ts";
import type { AthenaStep } from "./athena-step.ts";
import type { ValueRef } from "./derived-value.ts";
import type { Runbook } from "./runbook.ts";
import { sqlHoles } from "./sql-clauses.ts";
import type { Step } from "./step.ts";
import { refsIn } from "./value-refs.ts";
import type { FoundRef } from "./value-refs.ts";
import type { Path } from "./yaml-file.ts";

type Declared = Pick<Runbook, "derived">;

/** Every parameter and derived value that a step's request uses, clauses left out: `{$param: …}` leaves, `:name` in SQL. */
export function requestRefs(step: Step, runbook: Declared, path: Path): FoundRef[] {
  const at = [...path, "request"];
  if (step.action !== "athena:StartQueryExecution") return refsIn(step.request, at);
  return [...refsIn(step.request, at), ...holeRefs(queryText(step) ?? "", runbook, [...at, textField(step)])];
}

/** The same of one optional clause. */
export function clauseRefs(step: Step, at: number, runbook: Declared, path: Path): FoundRef[] {
  if (!("optional" in step)) return [];
  const where = [...path, "optional", at];
  if (step.action !== "athena:StartQueryExecution") return refsIn(step.optional?.[at], where);
  return holeRefs(step.optional?.[at]?.and ?? "", runbook, [...where, "and"]);
}

/** The same of a whole step. */
export function stepRefs(step: Step, runbook: Declared, path: Path): FoundRef[] {
  const clauses = "optional" in step ? (step.optional ?? []) : [];
  return [
    ...requestRefs(step, runbook, path),
    ...clauses.flatMap((_, at) => clauseRefs(step, at, runbook, path)),
  ];
}

/** What a `:name` stands for: the names of parameters and derived values are apart (PAR01). */
export function holeRef(name: string, { derived = {} }: Declared): ValueRef {
  return Object.hasOwn(derived, name) ? { $derived: name } : { $param: name };
}

/** The field of the file in which the text of a query stands. */
export function textField({ request }: AthenaStep): "QueryFile" | "QueryString" {
  return request.QueryFile === undefined ? "QueryString" : "QueryFile";
}

function holeRefs(text: string, runbook: Declared, path: Path): FoundRef[] {
  return sqlHoles(text).map(({ name }) => ({ ref: holeRef(name, runbook), path }));
}
