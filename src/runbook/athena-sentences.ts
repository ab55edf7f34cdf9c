import type { AthenaCall, AthenaScope } from "./athena-plan.ts";
import { estimateCostUsd } from "./estimate-cost.ts";
import type { PlanDraft } from "./plan.ts";
import type { PlanSentences } from "./plan-sentences.ts";
import { maskedValue } from "./shown-value.ts";
import { literalsOf } from "./sql-literals.ts";

/** An Athena plan in sentences; see `planSentences`. */
export function athenaSentences(
  plan: PlanDraft,
  call: AthenaCall,
  scope: AthenaScope,
  maskSensitive: boolean,
): PlanSentences {
  const { request } = call;
  const { Database } = request.QueryExecutionContext;
  return {
    touches: `${touches(plan, scope)} Read only.`,
    limits: `At most ${count(plan.limits.maxRows, "row")}, ${budget(scope)}, ${Math.ceil(plan.limits.maxBytes / 1024)} KiB of result, ${plan.limits.timeoutSeconds} s.`,
    call: {
      title: `${call.action}  ${request.WorkGroup} / ${Database}`,
      lines: [
        ...queryLines(plan, call, maskSensitive),
        ...literalLines(plan, call, maskSensitive),
        ...notGiven(plan),
      ],
    },
  };
}

function touches({ target, limits }: PlanDraft, scope: AthenaScope): string {
  const tables = scope.reads.map(({ table, columns }) => {
    const personal = columns.filter(({ classification }) => classification === "pii").map(({ name }) => name);
    const pii = personal.length > 0 ? ` (personal data: ${personal.join(", ")})` : "";
    return `${count(columns.length, "column")}${pii} of ${table}`;
  });
  const bounds = scope.bounds.length > 0 ? `, ${scope.bounds.join(", ")}` : "";
  return `Reads ${tables.join(" and ")} in ${target.environment}${bounds}; at most ${count(limits.maxRows, "row")}, ${budget(scope)}.`;
}

/** `1.0 GB scanned (about $0.005)` */
function budget({ maxBytesScanned }: AthenaScope): string {
  const usd = estimateCostUsd(maxBytesScanned);
  const cost = usd >= 0.01 ? usd.toFixed(2) : usd.toPrecision(1);
  const gigabytes = maxBytesScanned / 1e9;
  const amount = gigabytes >= 1 ? `${gigabytes.toFixed(1)} GB` : `${Math.ceil(maxBytesScanned / 1e6)} MB`;
  return `${amount} scanned (about $${cost})`;
}

/** A query of the requester's own may hold values that are not for everybody. */
function queryLines(
  { inputs, sensitive }: PlanDraft,
  { request }: AthenaCall,
  maskSensitive: boolean,
): string[] {
  const isOwn = sensitive.some((name) => inputs[name] === request.QueryString);
  return maskSensitive && isOwn ? [`SQL: ${maskedValue}`] : request.QueryString.split("\n");
}

function literalLines(plan: PlanDraft, { request }: AthenaCall, maskSensitive: boolean): string[] {
  const isHidden = maskSensitive ? hiddenLiterals(plan) : () => false;
  return (request.ExecutionParameters ?? []).map(
    (literal, at) => `? ${at + 1} = ${isHidden(literal) ? maskedValue : literal}`,
  );
}

/** While anything sensitive may be bound, only what is surely something else is shown. */
function hiddenLiterals({ sensitive, inputs, derived }: PlanDraft): (literal: string) => boolean {
  const values = Object.entries({ ...derived, ...inputs });
  const literalsWhere = (isWanted: (name: string) => boolean) =>
    new Set(values.flatMap(([name, value]) => (isWanted(name) ? literalsOf(value) : [])));
  const hidden = literalsWhere((name) => sensitive.includes(name));
  const harmless = literalsWhere((name) => !sensitive.includes(name));
  return (literal) => hidden.has(literal) || (hidden.size > 0 && !harmless.has(literal));
}

/** An optional parameter that is not given does not narrow the query; whoever decides must see that. */
function notGiven({ parameters, inputs }: PlanDraft): string[] {
  return parameters.filter(({ name }) => !Object.hasOwn(inputs, name)).map(({ title }) => `${title}: any`);
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
