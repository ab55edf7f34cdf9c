import type { ValueRef } from "../derived-value.ts";
import type { Runbook } from "../runbook.ts";

export type ValueKind =
  | "text"
  | "date"
  | "date-time"
  | "integer"
  | "number"
  | "boolean"
  | "list"
  | "sql"
  | "unknown";

/** What kind of value a reference stands for; `unknown` when it leads nowhere (PAR01 says so). */
export function kindOfRef(
  ref: ValueRef,
  runbook: Pick<Runbook, "parameters" | "derived">,
  depth = 0,
): ValueKind {
  if ("$param" in ref) return kindOfParameter(ref.$param, runbook);
  const { derived = {} } = runbook;
  const declared = Object.hasOwn(derived, ref.$derived) ? derived[ref.$derived] : undefined;
  if (!declared || depth > Object.keys(derived).length) return "unknown";
  switch (declared.function) {
    case "now":
      return "date-time";
    case "epochSeconds":
      return "integer";
    case "addDays": {
      const [first] = declared.args;
      return typeof first === "object" ? kindOfRef(first, runbook, depth + 1) : "unknown";
    }
    case "concat":
    case "lowercase":
    case "formatDate":
    case "sha256":
      return "text";
  }
}

function kindOfParameter(
  name: string,
  { parameters: { properties } }: Pick<Runbook, "parameters">,
): ValueKind {
  const parameter = Object.hasOwn(properties, name) ? properties[name] : undefined;
  switch (parameter?.type) {
    case undefined:
      return "unknown";
    case "string":
      return parameter.format === "date" || parameter.format === "date-time" ? parameter.format : "text";
    case "integer":
    case "number":
    case "boolean":
      return parameter.type;
    case "sql":
      return "sql";
    case "array":
      return "list";
  }
}
