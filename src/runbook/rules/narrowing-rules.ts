import type { Runbook } from "../runbook.ts";
import type { Finding, Rule } from "./rule.ts";

/** Rules about what an approver may make less of. */
export const narrowingRules: readonly Rule[] = [
  {
    id: "NRW01",
    severity: "error",
    says: "narrowing names each thing once; not of a write, whose whole change is judged, and only the duration where further queries are approved.",
    check: ({ runbook }) => [...repeated(runbook), ...notHere(runbook)],
  },
  {
    id: "NRW02",
    severity: "error",
    says: "A timeRange is narrowed by parameters with x-bound, each a required date or date-time; there is none without the other.",
    check: ({ runbook }) => [...bounds(runbook), ...missingBound(runbook)],
  },
];

function repeated({ narrowing = [] }: Runbook): Finding[] {
  return narrowing.flatMap((kind, at) =>
    narrowing.indexOf(kind) < at ? [{ path: ["narrowing", at], message: `${kind} stands there twice` }] : [],
  );
}

function notHere({ narrowing = [], steps, grant }: Runbook): Finding[] {
  if (narrowing.length === 0) return [];
  if (steps.some(({ action }) => action === "dynamodb:UpdateItem"))
    return [{ path: ["narrowing"], message: "a write is approved as it is or denied" }];
  const isWide = grant.approves === "within-guardrails";
  return narrowing.flatMap((kind, at) =>
    isWide && kind !== "duration"
      ? [{ path: ["narrowing", at], message: `${kind} would not hold for further queries` }]
      : [],
  );
}

function bounds({ narrowing = [], parameters }: Runbook): Finding[] {
  return Object.entries(parameters.properties).flatMap(([name, parameter]) => {
    if (parameter.type !== "string" || parameter["x-bound"] === undefined) return [];
    const path = ["parameters", "properties", name, "x-bound"];
    if (!narrowing.includes("timeRange"))
      return [{ path, message: "narrowing has no timeRange, so it does nothing" }];
    const isTime = parameter.format === "date" || parameter.format === "date-time";
    const isRequired = parameters.required?.includes(name) === true;
    return isTime && isRequired
      ? []
      : [{ path, message: "only a required date or date-time bounds a time range" }];
  });
}

function missingBound({ narrowing = [], parameters }: Runbook): Finding[] {
  const at = narrowing.indexOf("timeRange");
  const hasBound = Object.values(parameters.properties).some(
    (parameter) => parameter.type === "string" && parameter["x-bound"] !== undefined,
  );
  return at < 0 || hasBound
    ? []
    : [{ path: ["narrowing", at], message: "no parameter has x-bound, so no time can be narrowed" }];
}
