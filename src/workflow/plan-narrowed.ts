import { RequestError } from "../dynamodb/request-error.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import { whyNotNarrowed } from "../request/narrow.ts";
import { checkInputs } from "../runbook/check-inputs.ts";
import { digest } from "../runbook/digest.ts";
import type { InputValue } from "../runbook/inputs.ts";
import type { NarrowedTerms } from "../runbook/narrowing.ts";
import type { StringParameter } from "../runbook/parameter.ts";
import { readOwnQuery } from "../runbook/own-query.ts";
import { parseInput } from "../runbook/parse-inputs.ts";
import type { Plan } from "../runbook/plan.ts";
import { PlanRefused } from "../runbook/plan-refused.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import type { Deps } from "./deps.ts";
import { provePlan } from "./prove-plan.ts";
import { resolvePlan } from "./resolve-plan.ts";
import { SessionRefused } from "./session-refused.ts";
import type { LessWanted } from "./use-cases.ts";

export type PlannedNarrowed =
  | { status: "planned"; plan: Plan }
  | { status: "invalid"; errors: FieldError[] }
  | { status: "refused"; sentence: string };

type FieldError = { field: string; message: string };

/**
 * The plan that does less, made as the request's own was, of the same files, person and moment, with a session policy of
 * its own that is proven to allow it and nothing else; and proven to reach nowhere where the plan asked for would not.
 */
export async function planNarrowed(
  deps: Pick<Deps, "catalogue" | "checkSql">,
  plan: Plan,
  wanted: LessWanted,
  now: Date,
): Promise<PlannedNarrowed> {
  const catalogue = deps.catalogue();
  const runbook = catalogue.runbooks.get(plan.runbook.name);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (!dataSource || runbook?.digest !== plan.runbook.digest)
    return { status: "refused", sentence: "The runbook changed since it was asked for." };
  const createdAt = new Date(plan.createdAt);

  const times = narrowedTimes(runbook, plan, wanted.inputs);
  const errors = [...numberErrors(plan, wanted), ...columnErrors(plan, wanted), ...times.errors];
  if (errors.length > 0) return { status: "invalid", errors };
  const asks = { runbook, dataSource, raw: { ...plan.inputs, ...times.inputs }, now: createdAt };
  if (Object.keys(times.inputs).length > 0) {
    const checked = await checkInputs(asks, deps.checkSql);
    if (checked.status === "invalid")
      return {
        status: "invalid",
        errors: checked.errors.map(({ parameter, message }) => ({ field: parameter, message })),
      };
  }
  try {
    const narrowed = narrowedTerms(plan, wanted);
    const less = resolvePlan(catalogue, {
      runbook: plan.runbook.name,
      inputs: asks.raw,
      requestId: plan.requestId,
      requester: plan.requester,
      grant: { ...plan.grant, durationMinutes: wanted.durationMinutes ?? plan.grant.durationMinutes },
      createdAt,
      query: await readOwnQuery(runbook, dataSource, asks.raw, createdAt, deps.checkSql),
      ...(narrowed && { narrowed }),
    });
    if (!less) return { status: "refused", sentence: "The runbook changed since it was asked for." };
    if (digest(less) === digest(plan)) return { status: "invalid", errors: [nothingLess(plan)] };
    provePlan(less, new Date(now.getTime() + 60_000), now);
    const why = whyNotNarrowed(plan, less);
    return why === undefined
      ? { status: "planned", plan: less }
      : { status: "refused", sentence: `It can’t be proven to be less: ${why}.` };
  } catch (error) {
    if ([PolicyRefused, RequestError, PlanRefused, SessionRefused].some((kind) => error instanceof kind))
      return { status: "refused", sentence: (error as Error).message };
    throw error;
  }
}

function numberErrors({ narrowing = [], grant, limits }: Plan, wanted: LessWanted): FieldError[] {
  const fields = [
    ["duration", "duration", wanted.durationMinutes, grant.durationMinutes],
    ["rows", "rows", wanted.maxRows, limits.maxRows],
  ] as const;
  return fields.flatMap(([kind, field, value, max]) => {
    if (value === undefined) return [];
    if (!narrowing.includes(kind)) return [notAllowed(field)];
    const isLess = Number.isInteger(value) && value >= 1 && value <= max;
    return isLess ? [] : [{ field, message: `A whole number from 1 to ${max}, which was asked for.` }];
  });
}

function columnErrors({ narrowing = [], output }: Plan, { masked = [] }: LessWanted): FieldError[] {
  if (masked.length === 0) return [];
  if (!narrowing.includes("columns")) return [notAllowed("columns")];
  const known = output.columns.map(({ name }) => name);
  return masked.every((name) => known.includes(name))
    ? []
    : [{ field: "columns", message: "The result has no such column." }];
}

/** Times that lie further inside; one that stays as it is, or is emptied, is none. */
function narrowedTimes(
  { parameters }: LoadedRunbook,
  { narrowing = [], inputs }: Plan,
  typed: Readonly<Record<string, unknown>> = {},
): { inputs: Record<string, InputValue>; errors: FieldError[] } {
  const changed: Record<string, InputValue> = {};
  const errors: FieldError[] = [];
  for (const [name, raw] of Object.entries(typed)) {
    const parameter = Object.hasOwn(parameters.properties, name) ? parameters.properties[name] : undefined;
    const before = inputs[name];
    if (parameter?.type !== "string" || !parameter["x-bound"] || !narrowing.includes("timeRange")) {
      errors.push(notAllowed(name));
      continue;
    }
    const parsed = parseInput(parameter, raw);
    if (parsed.status === "invalid") errors.push({ field: name, message: parsed.message });
    else if (parsed.value !== before) {
      const problem = outside(parameter, before, parsed.value);
      if (problem === undefined) changed[name] = parsed.value;
      else errors.push({ field: name, message: problem });
    }
  }
  return { inputs: changed, errors };
}

/** Canonical times of one parameter have one form, so that the order of the texts is that of the times. */
function outside(parameter: StringParameter, before: InputValue | undefined, value: InputValue) {
  if (typeof before !== "string" || typeof value !== "string")
    return "It was not given, so it can’t be narrowed.";
  if (parameter["x-bound"] === "start")
    return value > before ? undefined : `Not before ${before}, which was asked for.`;
  return value < before ? undefined : `Not after ${before}, which was asked for.`;
}

function narrowedTerms(
  plan: Plan,
  { maxRows = Infinity, masked = [] }: LessWanted,
): NarrowedTerms | undefined {
  const rows = maxRows < plan.limits.maxRows ? maxRows : plan.narrowed?.maxRows;
  const names = plan.output.columns
    .filter(
      ({ name, alwaysMasked }) =>
        plan.narrowed?.masked?.includes(name) === true || (masked.includes(name) && alwaysMasked !== true),
    )
    .map(({ name }) => name);
  if (rows === undefined && names.length === 0) return undefined;
  return {
    ...(rows === undefined ? {} : { maxRows: rows }),
    ...(names.length === 0 ? {} : { masked: names }),
  };
}

function notAllowed(field: string): FieldError {
  return { field, message: "The runbook does not let this be narrowed." };
}

function nothingLess({ narrowing: [first = "duration"] = [] }: Plan): FieldError {
  const field = first === "timeRange" ? "" : first;
  return {
    field,
    message: "Nothing is less than what was asked for. Take something away, or press Approve.",
  };
}
