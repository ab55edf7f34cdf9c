import { bindStep } from "./bind-step.ts";
import type { DataSource } from "./data-sources.ts";
import { derive } from "./derive.ts";
import type { InputValue } from "./inputs.ts";
import type { GrantTerms, Limits, PersonId, PlanDraft } from "./plan.ts";
import type { LoadedRunbook, Runbook } from "./runbook.ts";
import { sensitiveNames } from "./sensitive-names.ts";

export type PlanInput = {
  runbook: LoadedRunbook;
  /** The runbook's own data source, of the same catalogue. */
  dataSource: DataSource;
  /** As `parseInputs` gives them. */
  inputs: Readonly<Record<string, InputValue>>;
  requestId: string;
  requester: PersonId;
  grant: GrantTerms;
  createdAt: Date;
};

/** Resolves everything that a run will do. The result is plain JSON and shares nothing with the runbook that can change. */
export function buildPlan(input: PlanInput): PlanDraft {
  const { runbook, dataSource, inputs, createdAt } = input;
  const derived = derive(runbook.derived, inputs, createdAt);
  const calls = runbook.steps.map((step) => bindStep(step, { inputs, derived }));
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
    calls,
    tables: { [dataSource.table]: dataSource.schema },
    limits: planLimits(runbook),
    output: runbook.output,
    grant: input.grant,
    createdAt: createdAt.toISOString(),
  });
}

const defaultMaxBytes = 1_048_576; // one page of DynamoDB

/** A Query says its own caps (DDB04); reads by key are capped by the number of keys, with pages for what AWS left undone. */
function planLimits({ limits, steps }: Runbook): Limits {
  const keys = steps.reduce((sum, step) => sum + keyCount(step), 0);
  return {
    timeoutSeconds: limits.timeoutSeconds,
    maxRows: limits.maxRows,
    maxPages: limits.maxPages ?? (keys > 1 ? 5 : 1),
    maxItemsScanned: limits.maxItemsScanned ?? Math.max(keys, 1),
    maxBytes: limits.maxBytes ?? defaultMaxBytes,
  };
}

function keyCount(step: Runbook["steps"][number]): number {
  if (step.action !== "dynamodb:BatchGetItem") return 1;
  const always = Object.values(step.request.RequestItems).flatMap(({ Keys }) => Keys);
  return always.length + (step.optional ?? []).flatMap(({ Keys }) => Keys).length;
}
