import { estimateCostUsd } from "../runbook/estimate-cost.ts";
import { highestClassification } from "../runbook/classification-order.ts";
import { operationOf } from "../runbook/operation-of.ts";
import type { Plan } from "../runbook/plan.ts";
import { isFixed } from "../runbook/input-range.ts";
import type { FactValue, RuleFacts } from "../runbook/rule-expression.ts";

export type FactSources = {
  plan: Plan;
  tags: readonly string[];
  reference?: string;
  /** IANA time zone of `now`. */
  timezone: string;
  now: Date;
  /** Absent where it can't be known. */
  groups?: readonly string[];
  onCall?: boolean;
  history?: History;
};

/** What the requester did on the day, this request left out. */
export type History = { requests: number; runs: number; rows: number; bytes: number; denied: number };

/** The facts of `ruleVariables`; what can't be known is absent. */
export function ruleFacts(sources: FactSources): RuleFacts {
  const { plan, history } = sources;
  return {
    runbook: {
      name: plan.runbook.name,
      title: plan.runbook.title,
      tags: sources.tags,
      riskLevel: plan.runbook.riskLevel,
      version: plan.runbook.version,
    },
    plan: planFacts(plan),
    inputs: inputFacts(plan),
    requester: {
      teamId: plan.requester.teamId,
      userId: plan.requester.userId,
      ...(sources.groups ? { groups: sources.groups } : {}),
      ...(sources.onCall === undefined ? {} : { onCall: sources.onCall }),
    },
    incident: { given: Boolean(sources.reference), reference: sources.reference ?? "" },
    now: timeFacts(sources.now, sources.timezone),
    history: history
      ? {
          requestsToday: BigInt(history.requests),
          runsToday: BigInt(history.runs),
          rowsToday: BigInt(history.rows),
          bytesToday: BigInt(history.bytes),
          deniedToday: BigInt(history.denied),
        }
      : {},
  };
}

/** The local day, like `2026-11-21`: what limits per day are counted by. */
export function dayIn(timezone: string, at: Date): string {
  return localTime(at, timezone).slice(0, 10);
}

function planFacts({ target, output, athena, limits, grant, calls }: Plan): Record<string, FactValue> {
  const read = athena?.reads.flatMap(({ columns }) => columns) ?? [];
  const columns = [...output.columns, ...read];
  const isClassified = ({ classification }: { classification: string }) =>
    classification === "confidential" || classification === "pii";
  const scanBytes = athena?.maxBytesScanned ?? 0;
  return {
    service: target.service,
    operation: operationOf(calls),
    environment: target.environment,
    account: target.account,
    region: target.region,
    classification: highestClassification([
      output.classification,
      ...columns.map(({ classification }) => classification),
    ]),
    columns: output.columns.map(({ name }) => name),
    classifiedColumns: [...new Set(columns.filter(isClassified).map(({ name }) => name))],
    maxRows: BigInt(limits.maxRows),
    costUsd: estimateCostUsd(scanBytes) * calls.length * grant.maxRuns,
    scanBytes: BigInt(scanBytes),
    durationMinutes: BigInt(grant.durationMinutes),
    kind: grant.kind,
  };
}

/** Of a recipe only what is the same in each of its runs: a rule that turns on any other input lacks its fact. */
function inputFacts({ inputs, recipe }: Plan): Record<string, FactValue> {
  const known = Object.entries(inputs).filter(
    ([name]) => recipe === undefined || isFixed(recipe.inputs[name]),
  );
  return Object.fromEntries(known.map(([name, value]) => [name, asFact(value)]));
}

function asFact(value: Plan["inputs"][string]): FactValue {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

function timeFacts(at: Date, timezone: string): Record<string, FactValue> {
  const iso = localTime(at, timezone);
  const weekday = new Intl.DateTimeFormat("en", { timeZone: timezone, weekday: "long" }).format(at);
  return {
    hour: BigInt(iso.slice(11, 13)),
    minute: BigInt(iso.slice(14, 16)),
    weekday: weekday.toLowerCase(),
    date: iso.slice(0, 10),
    iso,
  };
}

/** `2026-11-21T02:10:00`: the Swedish form is ISO 8601 with a space. */
function localTime(at: Date, timezone: string): string {
  const format = new Intl.DateTimeFormat("sv", {
    timeZone: timezone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return format.format(at).replace(" ", "T");
}
