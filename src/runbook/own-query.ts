import type { CheckedSql } from "../sql/check-sql.ts";
import type { Guardrails } from "../sql/guardrails.ts";
import type { SqlAnalysis } from "../sql/sql-analysis.ts";
import { queryParameter } from "./athena-step.ts";
import type { DataSource } from "./data-sources.ts";
import { runbookGuardrails } from "./guardrail-narrowing.ts";
import type { InputValue } from "./inputs.ts";
import { PlanRefused } from "./plan-refused.ts";
import type { Runbook } from "./runbook.ts";

/**
 * Reads a text of a stranger and holds it to guardrails, where a text that takes long can't hold up anybody else. Never
 * rejects: what was not read in time is refused. `key`: whose text it is, since one person may have few read at a time.
 */
export type CheckSql = (text: string, guardrails: Guardrails, now: Date, key?: string) => Promise<CheckedSql>;

/** A query that its requester wrote, the parameter that it is the value of, and what it is held to. */
export type OwnQuery = { parameter: string; text: string; guardrails: Guardrails };

/** The requester's own query among the inputs; nothing where the runbook's text is what runs. */
export function ownQuery(
  runbook: Pick<Runbook, "steps" | "guardrails" | "limits">,
  dataSource: DataSource,
  inputs: Readonly<Record<string, InputValue>>,
): OwnQuery | undefined {
  const [step] = runbook.steps;
  if (step?.action !== "athena:StartQueryExecution" || dataSource.service !== "athena") return undefined;
  const parameter = queryParameter(step);
  const text = parameter === undefined ? undefined : inputs[parameter];
  if (parameter === undefined || typeof text !== "string") return undefined;
  return { parameter, text, guardrails: runbookGuardrails(runbook, dataSource) };
}

/**
 * What the requester's own query among canonical inputs reads, for `buildPlan`; nothing where there is none.
 *
 * @throws PlanRefused when the guardrails do not admit it, or nobody could read it now.
 */
export async function readOwnQuery(
  runbook: Parameters<typeof ownQuery>[0],
  dataSource: DataSource,
  inputs: Readonly<Record<string, InputValue>>,
  now: Date,
  checkSql: CheckSql,
): Promise<SqlAnalysis | undefined> {
  const own = ownQuery(runbook, dataSource, inputs);
  if (!own) return undefined;
  const checked = await checkSql(own.text, own.guardrails, now);
  if (checked.status === "refused") throw new PlanRefused(checked.refusals);
  return checked.analysis;
}
