import type { ColumnGuardrail, Guardrails, PartitionGuardrail, TableGuardrail } from "./guardrails.ts";

/**
 * What a runbook takes away from its data source's guardrails. Absent means "as the data source says"; there is no way
 * to say more than it does.
 */
export type Narrowing = {
  /** Only these tables, by `database.table` or, in the default database, by `table`. */
  tables?: Readonly<Record<string, TableNarrowing>>;
  /** Only these of the allowed functions. */
  functions?: readonly string[];
  limit?: { max?: number; whenAbsent?: "refuse" };
  maxRelations?: number;
  maxJoins?: number;
  maxScanBytes?: number;
};

export type TableNarrowing = {
  /** Only these columns; the others are denied. */
  columns?: readonly string[];
  masked?: readonly string[];
  denied?: readonly string[];
  stars?: "refused";
  /** Smaller ranges, by partition column. */
  partitions?: Readonly<
    Record<
      string,
      { maxRangeDays?: number; maxValues?: number; values?: readonly string[]; openEnd?: "refused" }
    >
  >;
};

/** The guardrails of a runbook: they admit no query that the data source's own would refuse. */
export function narrow(base: Guardrails, narrowing: Narrowing): Guardrails {
  const { functions, limit } = narrowing;
  return {
    ...base,
    tables: base.tables.flatMap((table) => {
      if (!narrowing.tables) return [table];
      const own = entryOf(narrowing.tables, table, base);
      return own ? [narrowTable(table, own)] : [];
    }),
    functions: functions ? base.functions.filter((name) => functions.includes(name)) : base.functions,
    limit: {
      max: least(base.limit.max, limit?.max),
      whenAbsent: limit?.whenAbsent ?? base.limit.whenAbsent,
    },
    maxRelations: least(base.maxRelations, narrowing.maxRelations),
    maxJoins: least(base.maxJoins, narrowing.maxJoins),
    maxScanBytes: least(base.maxScanBytes, narrowing.maxScanBytes),
  };
}

/** What a narrowing names that its base does not have, or allows beyond it; a sentence each, for the runbook's author. */
export function narrowingFindings(base: Guardrails, narrowing: Narrowing): string[] {
  const findings: string[] = [];
  for (const [name, own] of Object.entries(narrowing.tables ?? {})) {
    const table = base.tables.find((one) => entryOf({ [name]: own }, one, base));
    if (!table) {
      findings.push(`the data source has no table ${name}`);
      continue;
    }
    for (const column of [...(own.columns ?? []), ...(own.masked ?? []), ...(own.denied ?? [])])
      if (!Object.hasOwn(table.columns, column)) findings.push(`${name} has no declared column ${column}`);
    for (const column of Object.keys(own.partitions ?? {}))
      if (!table.partitions.some((partition) => partition.column === column))
        findings.push(`${name} has no partition ${column}`);
  }
  for (const name of narrowing.functions ?? [])
    if (!base.functions.includes(name)) findings.push(`the data source does not allow the function ${name}`);
  const { limit, maxRelations, maxJoins, maxScanBytes } = narrowing;
  const numbers = {
    "limit.max": [limit?.max, base.limit.max],
    maxRelations: [maxRelations, base.maxRelations],
    maxJoins: [maxJoins, base.maxJoins],
    maxScanBytes: [maxScanBytes, base.maxScanBytes],
  } as const;
  for (const [name, [own, most]] of Object.entries(numbers))
    if (own !== undefined && own > most) findings.push(`${name} is ${own}, the data source allows ${most}`);
  return findings;
}

function entryOf(
  tables: Readonly<Record<string, TableNarrowing>>,
  { catalog, database, table }: TableGuardrail,
  { defaultCatalog, defaultDatabase }: Guardrails,
): TableNarrowing | undefined {
  const short = catalog === defaultCatalog && database === defaultDatabase ? [table] : [];
  const key = [
    `${catalog}.${database}.${table}`,
    ...(catalog === defaultCatalog ? [`${database}.${table}`] : []),
    ...short,
  ];
  const name = key.find((one) => Object.hasOwn(tables, one));
  return name === undefined ? undefined : tables[name];
}

function narrowTable(base: TableGuardrail, own: TableNarrowing): TableGuardrail {
  return {
    ...base,
    stars: own.stars ?? base.stars,
    // A column that goes is denied, not forgotten: forgotten, its name could be taken for another table's.
    columns: Object.fromEntries(
      Object.entries(base.columns).map(([name, column]) => [name, narrowColumn(name, column, own)]),
    ),
    partitions: base.partitions.map((partition) => narrowPartition(partition, own)),
  };
}

function narrowColumn(name: string, base: ColumnGuardrail, own: TableNarrowing): ColumnGuardrail {
  const gone = own.denied?.includes(name) || (own.columns && !own.columns.includes(name));
  if (gone || base.use === "denied") return { ...base, use: "denied" };
  // Masked by the runbook, it may be filtered only if the data source masks it too and says so.
  if (own.masked?.includes(name) && base.use === "free")
    return { ...base, use: "masked", filterable: base.filterable ?? false };
  return base;
}

function narrowPartition(base: PartitionGuardrail, { partitions }: TableNarrowing): PartitionGuardrail {
  const own = partitions && Object.hasOwn(partitions, base.column) ? partitions[base.column] : undefined;
  if (!own) return base;
  if (base.kind === "day")
    return {
      ...base,
      maxRangeDays: least(base.maxRangeDays, own.maxRangeDays),
      openEnd: own.openEnd ?? base.openEnd,
    };
  const values =
    own.values && base.values
      ? base.values.filter((value) => own.values?.includes(value))
      : (own.values ?? base.values);
  return { ...base, maxValues: least(base.maxValues, own.maxValues), ...(values && { values }) };
}

function least(base: number, own: number | undefined): number {
  return Math.min(base, own ?? base);
}
