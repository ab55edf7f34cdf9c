import type { Sandbox } from "../start-sandbox.ts";
import type { JsonObject } from "../slack/json.ts";

type AwsFault = ReturnType<Sandbox["aws"]["faults"]["list"]>[number];

/** A fault that is set by the page hits every method, until cleared. */
export function slackFaultInWords(fault: JsonObject): string {
  if (fault["kind"] === "latency") return `every call takes ${Number(fault["ms"]) / 1_000} s longer`;
  if (fault["kind"] === "rate-limit")
    return `every call is refused as one too many, for ${String(fault["retryAfterS"])} s`;
  return `every call: ${JSON.stringify(fault)}`;
}

/** One planned fault of the local AWS. */
export function awsFaultInWords({ operation, table, times, effect }: AwsFault): string {
  const calls = operation ?? "every call";
  const of = table === undefined ? "" : ` of ${table}`;
  const left = times === undefined ? "" : times === 1 ? ", once" : `, ${times} times`;
  return `${calls}${of} ${effectInWords(effect)}${left}`;
}

function effectInWords(effect: AwsFault["effect"]): string {
  switch (effect.kind) {
    case "latency":
      return `takes ${effect.latencyMs / 1_000} s longer`;
    case "throttle":
      return "is throttled";
    case "internal":
      return "fails with an internal error";
    case "error":
      return `fails with ${effect.code}`;
    case "reset":
      return `is cut off ${effect.when} it was carried out`;
    case "hang":
      return `has no answer, ${effect.when} it was carried out`;
  }
}
