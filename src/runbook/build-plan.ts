import type { AthenaStep } from "./athena-step.ts";
import { bindAthena } from "./bind-athena.ts";
import type { AthenaSource } from "./athena-source.ts";
import { bindStep } from "./bind-step.ts";
import type { Values } from "./bind-step.ts";
import type { DataSource, DynamoDbSource } from "./data-sources.ts";
import { derive } from "./derive.ts";
import { digest } from "./digest.ts";
import { runbookGuardrails } from "./guardrail-narrowing.ts";
import type { InputValue } from "./inputs.ts";
import type { GrantTerms, Limits, PersonId, PlanDraft } from "./plan.ts";
import { PlanRefused } from "./plan-refused.ts";
import { queryOutput } from "./query-output.ts";
import type { LoadedRunbook, Runbook } from "./runbook.ts";
import { sensitiveNames } from "./sensitive-names.ts";
import type { DynamoDbStep } from "./step.ts";

export type PlanInput = {
  runbook: LoadedRunbook;
  /** The runbook's own data source, of the same catalogue. */
  dataSource: DataSource;
  /** As `checkInputs` gives them. */
  inputs: Readonly<Record<string, InputValue>>;
  requestId: string;
  requester: PersonId;
  grant: GrantTerms;
  createdAt: Date;
};

/**
 * Resolves everything that a run will do. The result is plain JSON and shares nothing with the runbook that can change.
 *
 * @throws PlanRefused for SQL that the guardrails do not admit; `checkInputs` says so before, in words for the requester.
 */
export function buildPlan(input: PlanInput): PlanDraft {
  const { runbook, dataSource, inputs, createdAt } = input;
  const derived = derive(runbook.derived, inputs, createdAt);
  return structuredClone({
    format: 1,
    requestId: input.requestId,
    requester: input.requester,
    runbook: {
      name: runbook.metadata.name,
      title: runbook.metadata.title,
      version: runbook.metadata.version,
      digest: runbook.digest,
      riskLevel: runbook.metadata.riskLevel,
    },
    parameters: Object.entries(runbook.parameters.properties).map(([name, { title }]) => ({ name, title })),
    inputs,
    derived,
    sensitive: sensitiveNames(runbook),
    target: dataSource.target,
    ...planned(runbook, dataSource, { inputs, derived }, createdAt),
    ...terms(runbook, dataSource, input.grant),
    createdAt: createdAt.toISOString(),
  });
}

type Planned = Pick<PlanDraft, "calls" | "tables" | "athena" | "limits" | "output">;

function planned(runbook: LoadedRunbook, dataSource: DataSource, values: Values, now: Date): Planned {
  const [step] = runbook.steps;
  if (step?.action === "athena:StartQueryExecution") {
    if (dataSource.service !== "athena") throw new TypeError("an Athena step needs an Athena data source");
    return plannedQuery(runbook, step, dataSource, values, now);
  }
  if (!step || dataSource.service !== "dynamodb")
    throw new TypeError("a DynamoDB step needs a DynamoDB data source");
  return plannedReads(runbook, step, dataSource, values);
}

function plannedReads(
  { limits, output }: Runbook,
  step: DynamoDbStep,
  { table, schema }: DynamoDbSource,
  values: Values,
): Planned {
  return {
    calls: [bindStep(step, values)],
    tables: { [table]: schema },
    limits: readLimits(limits, step),
    output,
  };
}

function plannedQuery(
  runbook: Runbook,
  step: AthenaStep,
  source: AthenaSource,
  values: Values,
  now: Date,
): Planned {
  const binding = bindAthena({ runbook, step, source }, values, now);
  if (binding.status === "refused")
    throw new PlanRefused(
      `the query is not admitted: ${binding.refusals.map(({ message }) => message).join("; ")}`,
    );
  return {
    calls: [binding.call],
    tables: {},
    athena: binding.scope,
    limits: queryLimits(runbook.limits),
    output: queryOutput(runbook, step, source, binding),
  };
}

/** What the approval is for; the runbook alone says whether it reaches beyond this one plan. */
function terms(
  runbook: LoadedRunbook,
  dataSource: DataSource,
  { kind, durationMinutes, maxRuns }: GrantTerms,
): Pick<PlanDraft, "grant" | "guardrailsDigest"> {
  const grant = { kind, durationMinutes, maxRuns };
  const isWide = runbook.grant.approves === "within-guardrails" && kind === "window";
  if (!isWide || dataSource.service !== "athena") return { grant };
  return {
    guardrailsDigest: digest(runbookGuardrails(runbook, dataSource)),
    grant: { ...grant, approves: "within-guardrails" },
  };
}

const defaultMaxBytes = 1_048_576; // one page of DynamoDB

/** A Query says its own caps (DDB04); reads by key are capped by the number of keys, with pages for what AWS left undone. */
function readLimits(limits: Runbook["limits"], step: DynamoDbStep): Limits {
  const keys = keyCount(step);
  return {
    timeoutSeconds: limits.timeoutSeconds,
    maxRows: limits.maxRows,
    maxPages: limits.maxPages ?? (keys > 1 ? 5 : 1),
    maxItemsScanned: limits.maxItemsScanned ?? Math.max(keys, 1),
    maxBytes: limits.maxBytes ?? defaultMaxBytes,
  };
}

const athenaPageRows = 1000; // GetQueryResults, MaxResults

/** The first page of a result has one row of column names. */
function queryLimits({ timeoutSeconds, maxRows, maxPages, maxBytes }: Runbook["limits"]): Limits {
  return {
    timeoutSeconds,
    maxRows,
    maxPages: maxPages ?? Math.ceil((maxRows + 1) / athenaPageRows),
    maxItemsScanned: 0,
    maxBytes: maxBytes ?? defaultMaxBytes,
  };
}

function keyCount(step: DynamoDbStep): number {
  if (step.action !== "dynamodb:BatchGetItem") return 1;
  const always = Object.values(step.request.RequestItems).flatMap(({ Keys }) => Keys);
  return always.length + (step.optional ?? []).flatMap(({ Keys }) => Keys).length;
}
