import type { SqlAnalysis } from "../sql/sql-analysis.ts";
import { queryParameter } from "./athena-step.ts";
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
import { highestClassification } from "./classification-order.ts";
import { pinBefore } from "../dynamodb/pin-before.ts";
import type { BeforeImage, GrantTerms, Limits, Output, PersonId, PlanDraft, PlannedWrite } from "./plan.ts";
import { PlanRefused } from "./plan-refused.ts";
import { plannedWrite } from "./plan-write.ts";
import { queryOutput } from "./query-output.ts";
import type { LoadedRunbook, Runbook } from "./runbook.ts";
import { sensitiveNames } from "./sensitive-names.ts";
import type { DynamoDbStep, UpdateStep } from "./step.ts";

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
  /** What the requester's own query among the inputs reads, as `checkInputs` or `readOwnQuery` says; absent without one. */
  query?: SqlAnalysis | undefined;
  /** Of a write whose runbook wants it shown; default: the policy does not let it be read. */
  before?: BeforeImage;
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
    ...planned(input, { inputs, derived }),
    ...(runbook.narrowing && { narrowing: runbook.narrowing }),
    ...terms(runbook, dataSource, input.grant),
    createdAt: createdAt.toISOString(),
  });
}

type Planned = Pick<
  PlanDraft,
  "calls" | "tables" | "athena" | "limits" | "output" | "write" | "scanJustification"
>;

function planned({ runbook, dataSource, createdAt, before, query }: PlanInput, values: Values): Planned {
  const [step] = runbook.steps;
  if (step?.action === "athena:StartQueryExecution") {
    if (dataSource.service !== "athena") throw new TypeError("an Athena step needs an Athena data source");
    return plannedQuery({ runbook, step, source: dataSource, own: query }, values, createdAt);
  }
  if (!step || dataSource.service !== "dynamodb")
    throw new TypeError("a DynamoDB step needs a DynamoDB data source");
  return step.action === "dynamodb:UpdateItem"
    ? plannedUpdate(runbook, step, dataSource, values, before)
    : plannedReads(runbook, step, dataSource, values);
}

function plannedUpdate(
  { limits, output, rollback }: Runbook,
  step: UpdateStep,
  { table, schema }: DynamoDbSource,
  values: Values,
  wanted: BeforeImage = { status: "not-shown", because: "policy" },
): Planned {
  const call = bindStep(step, values);
  if (call.action !== "dynamodb:UpdateItem") throw new TypeError("an update is bound as one");
  const { changes, attributes, look } = plannedWrite(call, schema);
  const before: BeforeImage =
    step.beforeImage === "shown" ? wanted : { status: "not-shown", because: "runbook" };
  const request = before.status === "read" ? pinBefore(call.request, attributes, before.image) : call.request;
  const columns = attributes.map((name) => {
    const column = output.columns.find((one) => one.name === name);
    if (!column) throw new TypeError("rule OUT04: every attribute of a write is a column");
    const { title, classification, mask } = column;
    return { name, title, classification, mask };
  });
  return {
    calls: [{ action: call.action, request }, look],
    tables: { [table]: schema },
    write: { changes, attributes: columns, before, ...(rollback && { rollback }) },
    limits: readLimits(limits, step),
    output: { ...output, columns: differenceColumns(columns) },
  };
}

/** A write's result has a row per attribute; its values are shown as carefully as the most sensitive of them. */
function differenceColumns(attributes: PlannedWrite["attributes"]): Output["columns"] {
  const classification = highestClassification(attributes.map((one) => one.classification));
  const masks = attributes.map(({ mask }) => mask);
  const mask = (["hide", "last4"] as const).find((one) => masks.includes(one)) ?? "none";
  const value = { type: "string", classification, mask } as const;
  return [
    { name: "attribute", title: "Attribute", type: "string", classification: "public", mask: "none" },
    { name: "before", title: "Before", ...value },
    { name: "after", title: "After", ...value },
  ];
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
    ...(step.action === "dynamodb:Scan" && { scanJustification: step.justification }),
  };
}

function plannedQuery(
  query: { runbook: Runbook; step: AthenaStep; source: AthenaSource; own: SqlAnalysis | undefined },
  values: Values,
  now: Date,
): Planned {
  const { runbook, step, source, own } = query;
  if (own && own.canonical !== values.inputs[queryParameter(step) ?? ""])
    throw new TypeError("the query that was read is not the one that is asked for");
  const binding = bindAthena(query, values, now);
  if (binding.status === "refused") throw new PlanRefused(binding.refusals);
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

/** A Query or Scan says its own caps (DDB04); reads by key are capped by the number of keys, with pages for what AWS left undone. */
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
