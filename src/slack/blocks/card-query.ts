import type { KnownBlock } from "@slack/types";
import type { Request } from "../../request/request.ts";
import { planSentences } from "../../runbook/plan-sentences.ts";
import type { Plan } from "../../runbook/plan.ts";
import type { CardPart } from "./card-plan.ts";
import { bullets, context, labelled, plain, preformatted, section, table } from "./elements.ts";
import { clip, inert, inertLines } from "./inert.ts";
import { literal, type Markup, markup, mention } from "./markup.ts";
import { personalColumns, plannedQuery, type PlannedQuery, readsOf } from "./planned-query.ts";
import { type QueryValue, queryValues, shownBounds, shownQuery } from "./query-values.ts";
import { bytes, counted, minutes, shortDigest } from "./words.ts";

/** What an approver must judge of an SQL query: its text, its values, what it reads, how much of it, and at what price. */
export function queryPart(request: Request, query: PlannedQuery, maskSensitive: boolean): CardPart {
  const { plan } = request;
  const text = shownQuery(plan, query, maskSensitive);
  const values = queryValues(plan, query, maskSensitive);
  const reads = readsOf(query.scope);
  const bounds = shownBounds(plan, query, maskSensitive);
  return {
    blocks: [
      preformatted(text.text, maxQuery),
      ...(values.length > 0 ? [valueTable(values)] : []),
      section(readsWhat(query)),
      ...(reads.length > 0 ? [bullets(reads.slice(0, maxTables), maxReads)] : []),
      ...(bounds.length > 0 ? [labelled("Only:", bounds.join(" · "), maxBounds)] : []),
      labelled("Limits:", planSentences(plan, { maskSensitive }).limits, 500),
      context(plain(whereItRuns(query))),
      ...beyondThisQuery(request),
    ],
    notes: [
      [inertLines(text.text).length > maxQuery, "The query is longer than fits here."],
      [values.length > maxValues, `${maxValues} of ${values.length} values shown.`],
      [values.some(({ value }) => inert(value).length > maxValue), "A value is longer than fits here."],
      [reads.length > maxTables, `${maxTables} of ${reads.length} tables shown.`],
      [reads.some((read) => inert(read).length > maxReads), "The columns are more than fit here."],
      [inert(bounds.join(" · ")).length > maxBounds, "The bounds are longer than fit here."],
    ],
    isMasked: text.isMasked || values.some(({ isMasked }) => isMasked),
  };
}

/** `Reads 6 columns of audit.logs …, day 2026/11/14 to 2026/11/21; at most 200 rows, 1.0 GB scanned (about $0.005).` */
export function queryScope(plan: Plan, query: PlannedQuery, maskSensitive: boolean): string {
  const athena = { ...query.scope, bounds: shownBounds(plan, query, maskSensitive) };
  return planSentences({ ...plan, athena }, { maskSensitive }).touches;
}

const maxQuery = 1800;
const maxValues = 12; // a card is read on a phone
const maxValue = 160;
const maxTables = 8;
const maxReads = 600;
const maxBounds = 800;

function valueTable(values: readonly QueryValue[]): KnownBlock {
  return table(
    [
      ["?", "Value", "Input"],
      ...values
        .slice(0, maxValues)
        .map(({ position, value, of }) => [
          position === undefined ? "–" : String(position),
          clip(inert(value), maxValue),
          clip(inert(of), maxValue),
        ]),
    ],
    [true],
  );
}

function readsWhat({ scope }: PlannedQuery): Markup {
  const columns = scope.reads.reduce((sum, one) => sum + one.columns.length, 0);
  const personal = personalColumns(scope);
  const what = markup`*Reads* ${literal(counted(columns, "column", "columns"))} of ${literal(counted(scope.reads.length, "table", "tables"))}`;
  return personal > 0
    ? markup`${what}, *${personal} with personal data (PII)*`
    : markup`${what}, no personal data`;
}

function whereItRuns({ request, scope }: PlannedQuery): string {
  const { Catalog, Database } = request.QueryExecutionContext;
  const { name, results, reuseMinutes } = scope.workgroup;
  const kept =
    results.kind === "managed"
      ? "Athena keeps the result for 24 hours"
      : `Athena writes the result to s3://${results.bucket}/${results.prefix}`;
  const old =
    reuseMinutes === undefined
      ? []
      : [`an equal query’s result up to ${minutes(reuseMinutes)} old may be used`];
  const first = scope.preflight ? ["Athena validates it before it runs"] : [];
  return [`Athena workgroup ${name}`, `${Catalog} / ${Database}`, kept, ...old, ...first].join(" · ");
}

function beyondThisQuery({ plan, requester }: Request): KnownBlock[] {
  const further = furtherQueries(plan);
  const query = plannedQuery(plan);
  if (further === undefined || !query) return [];
  const digest = plan.guardrailsDigest;
  const named = digest === undefined ? markup`` : markup` (\`${literal(shortDigest(digest))}\`)`;
  return [
    section(
      markup`⚠️ *More than this query:* ${literal(further)} The guardrails${named} are the data source’s, narrowed by the runbook; each query scans at most ${literal(bytes(query.scope.maxBytesScanned))}, is recorded and shown in the thread. Nobody is asked again before ${mention(requester)} runs it.`,
    ),
  ];
}

/** What else an approval allows, where it covers more than the one query. */
function furtherQueries(plan: Plan): string | undefined {
  if (plan.grant.approves !== "within-guardrails") return undefined;
  const more = plan.grant.maxRuns - 1;
  return `Approving also covers up to ${counted(more, "further query", "further queries")} that the requester writes within these ${minutes(plan.grant.durationMinutes)}, each held to the same guardrails.`;
}
