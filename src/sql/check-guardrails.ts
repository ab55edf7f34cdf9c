import { columnRefusals, starRefusals } from "./column-rules.ts";
import type { ParameterLookup } from "./constant-value.ts";
import { guardrailOf } from "./guardrails.ts";
import type { ColumnGuardrail, Guardrails } from "./guardrails.ts";
import { partitionBound } from "./partition-bounds.ts";
import type { PartitionBound } from "./partition-bounds.ts";
import { readStatement } from "./read-query.ts";
import { atStart, refusal } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { TableName } from "./scopes.ts";
import type { OutputColumn, SqlAnalysis } from "./sql-analysis.ts";
import { tokenize } from "./tokens.ts";
import type { TypedValue } from "./typed-value.ts";

/** What an admitted query reads of one table, for the approvers. */
type TableRead = {
  table: TableName;
  columns: readonly { name: string; classification: ColumnGuardrail["classification"] }[];
};

/** The inputs by parameter name; a list for `IN (:name)`. */
export type ParameterValues = Readonly<Record<string, TypedValue | readonly TypedValue[]>>;

export type GuardrailResult =
  | {
      status: "ok";
      /** The text to hash, show and execute; with the LIMIT that the guardrails add. */
      canonical: string;
      reads: readonly TableRead[];
      bounds: readonly PartitionBound[];
      /** The result's columns in order with what must happen to each; absent when a `*` hides them. */
      outputs?: readonly {
        name: string;
        mask: boolean;
        classification?: ColumnGuardrail["classification"];
      }[];
      limit: number;
      maxScanBytes: number;
    }
  | { status: "refused"; refusals: Refusal[] };

/**
 * Holds what a query reads to the guardrails of its data source; says all refusals at once, in the order of the text.
 *
 * @param values the inputs by parameter name. Without one a bound made of it does not count; "later" takes the bounds of
 *   parameters as given, for checking a runbook before anyone has filled its form.
 */
export function checkGuardrails(
  analysis: SqlAnalysis,
  guardrails: Guardrails,
  now: Date,
  values: ParameterValues | "later" = {},
): GuardrailResult {
  const { bounds, refusals: partitions } = checkPartitions(analysis, guardrails, now, values);
  const stars = starRefusals(analysis, guardrails);
  const refusals = [
    ...tableRefusals(analysis, guardrails),
    ...columnRefusals(analysis, guardrails),
    ...stars,
    ...(stars.length > 0 ? [] : nameRefusals(analysis)),
    ...functionRefusals(analysis, guardrails),
    ...analysis.fromNothing,
    ...partitions,
    ...limitRefusals(analysis, guardrails),
    ...costRefusals(analysis, guardrails),
  ];
  if (refusals.length > 0) return { status: "refused", refusals: inOrder(refusals) };
  const outputs = analysis.outputs?.map((output) => shownOutput(output, guardrails));
  const { max } = guardrails.limit;
  return {
    status: "ok",
    canonical: analysis.limit ? analysis.canonical : limited(analysis.canonical, max),
    reads: tableReads(analysis, guardrails),
    bounds,
    limit: analysis.limit?.rows ?? max,
    maxScanBytes: guardrails.maxScanBytes,
    ...(outputs && { outputs }),
  };
}

function tableRefusals(analysis: SqlAnalysis, guardrails: Guardrails): Refusal[] {
  const known = guardrails.tables.map(({ database, table }) => `${database}.${table}`).join(", ") || "none";
  return analysis.tables.flatMap(({ name, place, insideView }) => {
    if (guardrailOf(guardrails, name)) return [];
    const label =
      name.catalog === guardrails.defaultCatalog
        ? `${name.database}.${name.table}`
        : Object.values(name).join(".");
    const where = insideView ? ` inside the view ${insideView.table}` : "";
    const message = `the table ${label}${where} may not be read here: use one of ${known}`;
    return [refusal("table", message, place)];
  });
}

/** Rows are read by their columns' names, so of two of one name only one would be seen, with the other's mask. */
function nameRefusals({ outputs = [] }: SqlAnalysis): Refusal[] {
  const lower = outputs.map(({ name }) => name.toLowerCase());
  return outputs.flatMap(({ name, place }, index) => {
    if (lower.indexOf(name.toLowerCase()) === index) return [];
    return [refusal("column", `two columns are called ${name}: give one an alias`, place)];
  });
}

function functionRefusals(analysis: SqlAnalysis, { functions }: Guardrails): Refusal[] {
  return analysis.functions.flatMap(({ name, place }) => {
    if (functions.includes(name)) return [];
    const message = `the function ${name} may not be called here: do without it, or ask the data owner to allow it`;
    return [refusal("function", message, place)];
  });
}

function checkPartitions(
  analysis: SqlAnalysis,
  guardrails: Guardrails,
  now: Date,
  values: ParameterValues | "later",
): { bounds: PartitionBound[]; refusals: Refusal[] } {
  const parameter: ParameterLookup = (index) => {
    const { name, item } = analysis.parameters[index] ?? { name: "", item: 0 };
    if (values === "later") return "later";
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value && "type" in value ? value : value?.[item];
  };
  const bounds: PartitionBound[] = [];
  const refusals: Refusal[] = [];
  for (const { name, place, predicates } of analysis.tables) {
    for (const partition of guardrailOf(guardrails, name)?.partitions ?? []) {
      const outcome = partitionBound(name, predicates, partition, { now, parameter });
      if (outcome.status === "bounded") bounds.push(outcome.bound);
      else refusals.push(refusal(outcome.code, outcome.message, place));
    }
  }
  return { bounds, refusals };
}

function limitRefusals({ limit, canonical }: SqlAnalysis, guardrails: Guardrails): Refusal[] {
  const { max, whenAbsent } = guardrails.limit;
  const refused = (message: string) => [refusal("limit", message, limit?.place ?? atStart)];
  if (!limit) {
    const fits = whenAbsent === "add" && readStatement(tokenize(limited(canonical, max))).limit?.rows === max;
    return fits ? [] : refused(`the query has no LIMIT: end it with LIMIT ${max}`);
  }
  if (limit.rows === undefined) return refused(`LIMIT must be a plain number: write LIMIT ${max}`);
  return limit.rows > max
    ? refused(`LIMIT ${limit.rows} is more than ${max}: write LIMIT ${max} or less`)
    : [];
}

function limited(canonical: string, max: number): string {
  return `${canonical}\nLIMIT ${max}`;
}

function costRefusals({ cost }: SqlAnalysis, { maxJoins, maxRelations }: Guardrails): Refusal[] {
  const refusals: Refusal[] = [];
  if (cost.joins > maxJoins) {
    const message = `the query joins ${cost.joins} times, at most ${maxJoins} are allowed: split it`;
    refusals.push(refusal("joins", message, atStart));
  }
  if (cost.relations > maxRelations) {
    const message = `the query reads ${cost.relations} tables and sub-queries (a WITH query counts each time it is used), at most ${maxRelations} are allowed: split it`;
    refusals.push(refusal("relations", message, atStart));
  }
  return refusals;
}

function inOrder(refusals: readonly Refusal[]): Refusal[] {
  const seen = new Set<string>();
  const distinct = refusals.filter(({ line, column, message }) => {
    const key = `${line}:${column}:${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
  return distinct.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function shownOutput({ name, source }: OutputColumn, guardrails: Guardrails) {
  const guardrail = source && guardrailOf(guardrails, source.table.name)?.columns[source.column];
  return {
    name,
    mask: guardrail?.use === "masked",
    ...(guardrail && { classification: guardrail.classification }),
  };
}

function tableReads(analysis: SqlAnalysis, guardrails: Guardrails): TableRead[] {
  const owners = analysis.columns.flatMap((read) => read.owners);
  return guardrails.tables.flatMap((guardrail) => {
    const { catalog, database, table, columns } = guardrail;
    const isThis = (name: TableName) => guardrailOf(guardrails, name) === guardrail;
    if (!analysis.tables.some(({ name }) => isThis(name))) return [];
    const starred = analysis.stars.some((star) => isThis(star.table.name));
    const names = new Set(owners.filter((owner) => isThis(owner.table.name)).map((owner) => owner.column));
    const read = Object.entries(columns).filter(([name]) => starred || names.has(name));
    return [
      {
        table: { catalog, database, table },
        columns: read.map(([name, { classification }]) => ({ name, classification })),
      },
    ];
  });
}
