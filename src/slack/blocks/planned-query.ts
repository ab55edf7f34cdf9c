import type { AthenaCall, AthenaScope } from "../../runbook/athena-plan.ts";
import type { Classification, Plan } from "../../runbook/plan.ts";

/** The query of an Athena plan and what it may touch. */
export type PlannedQuery = { request: AthenaCall["request"]; scope: AthenaScope };

/** Nothing for a plan of another service. */
export function plannedQuery(plan: Plan): PlannedQuery | undefined {
  const [call] = plan.calls;
  if (call?.action !== "athena:StartQueryExecution" || !plan.athena) return undefined;
  return { request: call.request, scope: plan.athena };
}

/** Whether the input is the query itself, written by the requester; a LIMIT may have been added and lines broken anew. */
export function isQueryText(plan: Plan, input: string): boolean {
  const value = plan.inputs[input];
  const query = plannedQuery(plan);
  if (!query || isFixedText(query) || typeof value !== "string") return false;
  const added = squeezed(query.request.QueryString).replace(squeezed(value), "");
  return added === "" || /^limit\d+$/.test(added);
}

/** A text with holes for values is the runbook's; one without may be the requester's own. */
export function isFixedText({ request }: PlannedQuery): boolean {
  return (request.ExecutionParameters ?? []).length > 0;
}

/** The canonical text with a line break inside a literal made visible, so that it looks like no line of the query. */
export function readableQuery(text: string): string {
  return text.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, (quoted) => quoted.replaceAll("\n", "⟨U+000A⟩"));
}

/** `audit.logs: personal data (PII): email, name; internal: event_time`, what must be judged first standing first. */
export function readsOf({ reads }: AthenaScope): string[] {
  return reads.map(({ table, columns }) => {
    const groups = bySeverity.flatMap((classification) => {
      const names = columns.filter((one) => one.classification === classification).map(({ name }) => name);
      return names.length > 0 ? [`${classificationWord(classification)}: ${names.join(", ")}`] : [];
    });
    return `${table}: ${groups.length > 0 ? groups.join("; ") : "no column, it is only counted or joined"}`;
  });
}

export function personalColumns({ reads }: AthenaScope): number {
  return reads.flatMap(({ columns }) => columns).filter(({ classification }) => classification === "pii")
    .length;
}

export function classificationWord(classification: Classification): string {
  return classification === "pii" ? "personal data (PII)" : classification;
}

const bySeverity: readonly Classification[] = ["pii", "confidential", "internal", "public"];

function squeezed(text: string): string {
  return text.replaceAll(/[\s;]+/g, "").toLowerCase();
}
