import type { GuardrailResult, ParameterValues } from "../sql/check-guardrails.ts";
import { formatTime, parseTime } from "../sql/calendar.ts";
import { guardrailOf } from "../sql/guardrails.ts";
import type { Guardrails, PartitionGuardrail } from "../sql/guardrails.ts";
import { partitionBound } from "../sql/partition-bounds.ts";
import type { PartitionBound } from "../sql/partition-bounds.ts";
import type { TableName, TableUse } from "../sql/scopes.ts";
import type { SqlAnalysis } from "../sql/sql-analysis.ts";
import type { AthenaScope } from "./athena-plan.ts";
import type { AthenaSource, AthenaTable } from "./athena-source.ts";
import { dataPrefixes, widestDays } from "./data-prefixes.ts";
import type { Pin } from "./data-prefixes.ts";
import { valueOfHole } from "./sql-values.ts";

type Admitted = {
  analysis: SqlAnalysis;
  result: GuardrailResult & { status: "ok" };
  values: ParameterValues;
  now: Date;
  bounds: "by-value" | "later";
};

/** Everything that an admitted query touches: its tables, their data as far as the query reaches, its budget. */
export function athenaScope(source: AthenaSource, admitted: Admitted): AthenaScope {
  const { analysis, result } = admitted;
  const named = source.tables.filter((table) => usesOf(table, analysis).length > 0);
  return {
    ...frame(source, named),
    data: named.flatMap((table) => dataOf(source, table, admitted)),
    reads: result.reads.map(({ table, columns }) => ({ table: labelOf(table), columns })),
    bounds: boundsInWords(result, source.guardrails),
    maxBytesScanned: result.maxScanBytes,
  };
}

/** The widest scope that a query of a requester can have: every table of the guardrails, all of its data. */
export function widestScope(source: AthenaSource, guardrails: Guardrails): AthenaScope {
  const named = source.tables.filter(({ database, table }) =>
    guardrails.tables.some((one) => one.database === database && one.table === table),
  );
  return {
    ...frame(source, named),
    data: named.flatMap(({ location }) =>
      location
        ? dataPrefixes(location.prefix, {}).map((prefix) => ({ bucket: location.bucket, prefix }))
        : [],
    ),
    reads: [],
    bounds: [],
    maxBytesScanned: guardrails.maxScanBytes,
  };
}

function frame(source: AthenaSource, tables: readonly AthenaTable[]) {
  const { workgroup, target, kmsKeys, lakeFormation, preflight } = source;
  return {
    workgroup,
    glue: {
      catalogId: target.account,
      tables: tables.map(({ database, table }) => ({ database, table })),
    },
    kmsKeys,
    lakeFormation,
    ...(preflight && { preflight }),
  };
}

function usesOf({ database, table }: AthenaTable, { tables }: SqlAnalysis): TableUse[] {
  return tables.filter(({ name }) => name.database === database && name.table === table);
}

function dataOf(source: AthenaSource, table: AthenaTable, admitted: Admitted): AthenaScope["data"] {
  const { location } = table;
  if (!location) return [];
  const columns = [...location.prefix.matchAll(/\{([a-z0-9_]+)\}/g)].map(([, column = ""]) => column);
  // A table that is mentioned twice is read where either mention reaches.
  const prefixes = usesOf(table, admitted.analysis).flatMap((use) =>
    dataPrefixes(
      location.prefix,
      Object.fromEntries(columns.map((column) => [column, pinOf(source.guardrails, use, column, admitted)])),
    ),
  );
  return widest(prefixes).map((prefix) => ({ bucket: location.bucket, prefix }));
}

/** Without those that another one covers. */
function widest(prefixes: readonly string[]): string[] {
  const distinct = [...new Set(prefixes)];
  return distinct.filter((one) => !distinct.some((other) => other !== one && one.startsWith(other)));
}

function pinOf(guardrails: Guardrails, use: TableUse, column: string, admitted: Admitted): Pin | undefined {
  const { analysis, values, now, bounds } = admitted;
  const guarded = guardrailOf(guardrails, use.name)?.partitions.find((one) => one.column === column);
  // A column that need not be held may be held all the same.
  const guardrail: PartitionGuardrail = guarded ?? { kind: "value", column, maxValues: 4 };
  const parameter = (index: number) =>
    bounds === "later" ? ("later" as const) : valueOfHole(values, analysis.parameters[index]);
  const outcome = partitionBound(use.name, use.predicates, guardrail, { now, parameter });
  return outcome.status === "bounded" ? pinned(outcome.bound, guardrail) : undefined;
}

function pinned(bound: PartitionBound, guardrail: PartitionGuardrail): Pin {
  if (bound.kind === "value") return { kind: "values", values: bound.values };
  const format = guardrail.kind === "day" ? guardrail.format : "yyyy-MM-dd";
  if (bound.kind === "day") {
    const { from, to, only } = bound;
    return { kind: "days", format, from, to, ...(only && { only }) };
  }
  if (guardrail.kind === "day") return widestDays(format);
  const longest = (guardrail.values ?? ["000000000000"]).toSorted((a, b) => b.length - a.length);
  return { kind: "values", values: longest.slice(0, 1) };
}

function boundsInWords({ bounds, reads }: Admitted["result"], guardrails: Guardrails): string[] {
  const words = bounds.map((bound) => {
    const place = reads.length > 1 ? `${labelOf(bound.table)} ` : "";
    return `${place}${bound.column} ${reach(bound, guardrails)}`;
  });
  return [...new Set(words)];
}

/** As many days of a list as a sentence has room for. */
const maxNamedDays = 7;

function reach(bound: PartitionBound, guardrails: Guardrails): string {
  switch (bound.kind) {
    case "day": {
      const written = (day: string) => asWritten(day, bound, guardrails);
      const [from, to] = [bound.from, bound.to].map(written);
      if (bound.only && bound.only.length <= maxNamedDays) return bound.only.map(written).join(", ");
      if (bound.only) return `${bound.days} days from ${from} to ${to}`;
      return from === to ? `${from}` : `${from} to ${to}`;
    }
    case "value":
      return bound.values.join(", ");
    case "later":
      return "as given";
  }
}

/** A day as the partition writes it, since that is what stands in the query. */
function asWritten(day: string, { table, column }: PartitionBound, guardrails: Guardrails): string {
  const guardrail = guardrailOf(guardrails, table)?.partitions.find((one) => one.column === column);
  const format = guardrail?.kind === "day" && guardrail.format !== "date" ? guardrail.format : "yyyy-MM-dd";
  return formatTime(parseTime(day, "yyyy-MM-dd") ?? NaN, format) ?? day;
}

function labelOf({ database, table }: TableName): string {
  return `${database}.${table}`;
}
