import type { Runbook } from "../runbook.ts";
import type { Path } from "../yaml-file.ts";
import type { Finding } from "./rule.ts";

/** What other tools fill in: `${order_id}` or `{{ order_id }}`. */
const template = /\$\{\s*([\w.]*)[^}]*\}|\{\{\s*([\w.]*)[^}]*\}\}/;

/** Texts of requests to DynamoDB that look like templates: they would be sent as they stand. */
export function noTemplates({ steps }: Runbook): Finding[] {
  return steps.flatMap((step, index) =>
    step.action.startsWith("dynamodb:") ? templatesIn(step.request, ["steps", index, "request"]) : [],
  );
}

function templatesIn(value: unknown, path: Path): Finding[] {
  if (typeof value === "string") {
    const found = template.exec(value);
    if (!found) return [];
    const name = found[1] || found[2] || "name";
    const message = `there are no templates, ${found[0]} would be sent as it stands; write { $param: ${name} } instead of the text`;
    return [{ path, message }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    templatesIn(one, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
