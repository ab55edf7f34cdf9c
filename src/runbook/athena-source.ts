import * as z from "zod";
import { analyzeWithin } from "../sql/check-sql.ts";
import { guardrailOf } from "../sql/guardrails.ts";
import type { ColumnGuardrail, Guardrails, TableGuardrail } from "../sql/guardrails.ts";
import { harmlessFunctions } from "../sql/harmless-functions.ts";
import type { AthenaWorkgroup } from "./athena-plan.ts";
import type { FileFinding } from "./data-sources.ts";
import { bucketName, classification, slug, sqlName } from "./identifiers.ts";
import type { Target } from "./plan.ts";

const columnSchema = z.strictObject({
  classification,
  use: z.enum(["free", "masked", "denied"]).default("free").meta({
    description: "masked: only shown, and only masked; denied: nowhere.",
  }),
  filterable: z.exactOptional(z.boolean()).meta({
    description: "A masked column that may be compared with values by = or IN.",
  }),
  mask: z.exactOptional(z.enum(["last4", "hide"])).meta({
    description: "How a masked column is shown; default hide.",
  }),
  description: z.exactOptional(z.string().max(200)),
});

const partitionSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("day"),
    column: sqlName,
    format: z
      .enum(["yyyy/MM/dd", "yyyy-MM-dd", "yyyyMMdd", "date"])
      .meta({ description: "How a day is written; date for a DATE." }),
    maxRangeDays: z.int().min(1).max(400),
    openEnd: z.enum(["refused", "until-now"]).default("refused"),
  }),
  z.strictObject({
    kind: z.literal("value"),
    column: sqlName,
    maxValues: z.int().min(1).max(50),
    values: z.exactOptional(z.array(z.string().min(1).max(100)).min(1).max(100)),
  }),
]);

const locationPrefix = z
  .string()
  .max(300)
  .regex(
    /^[A-Za-z0-9_.=-]+\/(?:(?:[A-Za-z0-9_.=-]|\{[a-z_][a-z0-9_]*\})+\/)*$/,
    "a prefix begins with a fixed folder, ends in / and may hold partition columns like {day}",
  );

const tableSchema = z.strictObject({
  database: z.exactOptional(sqlName).meta({ description: "Default: the data source's database." }),
  description: z.exactOptional(z.string().max(200)),
  location: z.exactOptional(z.strictObject({ bucket: bucketName, prefix: locationPrefix })).meta({
    description:
      "Where the rows lie in S3; {column} stands for a partition's value and narrows the session policy.",
  }),
  view: z.exactOptional(z.string().min(1).max(20_000)).meta({ description: "The text of a view." }),
  partitions: z.array(partitionSchema).max(5).default([]).meta({
    description: "Every query must hold the table to a range or to named values of these.",
  }),
  stars: z.enum(["refused", "allowed"]).default("refused"),
  columns: z.record(sqlName, columnSchema).meta({ description: "Every column that may be named." }),
});

/** An Athena data source of `datasources.yml`: a workgroup, and what SQL in it may say. */
export const athenaSourceSchema = z.strictObject({
  service: z.literal("athena"),
  description: z.exactOptional(z.string().max(200)),
  owner: z.exactOptional(slug).meta({ description: "The group of access.yml that answers for the data." }),
  target: slug.meta({ description: "A target of this file." }),
  workgroup: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9._-]{1,128}$/, "a workgroup is 1 to 128 letters, digits, ., _ and -"),
    results: z.union([z.literal("managed"), z.strictObject({ bucket: bucketName, prefix: locationPrefix })], {
      error: "results are managed (by Athena), or lie in a bucket under a prefix",
    }),
    reuseMinutes: z.exactOptional(z.int().min(1).max(10_080)),
  }),
  catalog: z.literal("AwsDataCatalog").default("AwsDataCatalog"),
  database: sqlName,
  tables: z.record(sqlName, tableSchema),
  functions: z.exactOptional(z.array(z.string().max(100)).max(300)).meta({
    description: "Functions that may be called; default: those that only compute with their arguments.",
  }),
  limit: z.strictObject({
    max: z.int().min(1).max(10_000),
    whenAbsent: z.enum(["add", "refuse"]).default("add"),
  }),
  maxRelations: z.int().min(1).max(50).default(10),
  maxJoins: z.int().min(0).max(20).default(4),
  maxScanBytes: z
    .int()
    .min(10_000_000, "Athena's own cutoff can't be below 10000000 bytes")
    .meta({ description: "What one query may scan; also set the workgroup's cutoff." }),
  kmsKeys: z
    .array(z.string().regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/, "a key is its ARN"))
    .max(5)
    .default([]),
  lakeFormation: z.boolean().default(false),
  preflight: z.exactOptional(z.literal("validate")).meta({
    description: "validate: Athena checks each query by EXPLAIN (TYPE VALIDATE) before it runs.",
  }),
});

type Declared = z.infer<typeof athenaSourceSchema>;

/** A workgroup, the tables that can be asked in it, and what SQL may say about them. */
export type AthenaSource = {
  name: string;
  service: "athena";
  /** The group that answers for the data. */
  owner?: string;
  target: Target;
  workgroup: AthenaWorkgroup;
  catalog: string;
  database: string;
  guardrails: Guardrails;
  tables: readonly AthenaTable[];
  kmsKeys: readonly string[];
  lakeFormation: boolean;
  preflight?: "validate";
};

export type AthenaTable = {
  database: string;
  table: string;
  /** Absent for a view. `{column}` in the prefix stands for a partition's value. */
  location?: { bucket: string; prefix: string };
  /** How its masked columns are shown. */
  masks: Readonly<Record<string, "last4" | "hide">>;
};

export function athenaSource(name: string, declared: Declared, target: Target): AthenaSource {
  const { workgroup, catalog, database, kmsKeys, lakeFormation, preflight } = declared;
  const { results, ...group } = workgroup;
  return {
    name,
    service: "athena",
    ...(declared.owner === undefined ? {} : { owner: declared.owner }),
    target,
    workgroup: {
      ...group,
      results: results === "managed" ? { kind: "managed" } : { kind: "bucket", ...results },
    },
    catalog,
    database,
    guardrails: guardrailsOf(declared),
    tables: Object.entries(declared.tables).map(([table, { location, columns, ...one }]) => ({
      database: one.database ?? database,
      table,
      ...(location && { location }),
      masks: Object.fromEntries(
        Object.entries(columns).flatMap(([column, { use, mask = "hide" }]) =>
          use === "masked" ? [[column, mask] as const] : [],
        ),
      ),
    })),
    kmsKeys,
    lakeFormation,
    ...(preflight && { preflight }),
  };
}

/** What contradicts itself in an Athena data source. */
export function athenaSourceFindings(name: string, declared: Declared): FileFinding[] {
  const at = ["datasources", name];
  const tables = Object.entries(declared.tables).flatMap(([table, one]) =>
    tableFindings([...at, "tables", table], one),
  );
  const reuse = declared.workgroup.reuseMinutes !== undefined && declared.workgroup.results === "managed";
  const views = tables.length > 0 ? [] : viewFindings([...at, "tables"], declared);
  return [
    ...(reuse
      ? [{ path: [...at, "workgroup", "reuseMinutes"], message: "DS09: managed results are never reused" }]
      : []),
    ...tables,
    ...views,
  ];
}

function guardrailsOf(declared: Declared): Guardrails {
  const { database, tables, limit, maxRelations, maxJoins, maxScanBytes } = declared;
  const catalog = declared.catalog.toLowerCase();
  return {
    defaultCatalog: catalog,
    defaultDatabase: database,
    tables: Object.entries(tables).map(
      ([table, { stars, partitions, view, columns, ...one }]): TableGuardrail => ({
        catalog,
        database: one.database ?? database,
        table,
        columns: Object.fromEntries(
          Object.entries(columns).map(([name, own]): [string, ColumnGuardrail] => [
            name,
            {
              classification: own.classification,
              use: own.use,
              ...(own.filterable !== undefined && { filterable: own.filterable }),
            },
          ]),
        ),
        stars,
        partitions,
        ...(view !== undefined && { view }),
      }),
    ),
    functions: declared.functions?.map((one) => one.toLowerCase()) ?? harmlessFunctions,
    limit,
    maxRelations,
    maxJoins,
    maxScanBytes,
  };
}

function tableFindings(path: (string | number)[], one: Declared["tables"][string]): FileFinding[] {
  const known = (column: string) => Object.hasOwn(one.columns, column);
  const holes = [...(one.location?.prefix ?? "").matchAll(/\{([a-z0-9_]+)\}/g)].map(([, hole = ""]) => hole);
  return [
    ...((one.location === undefined) === (one.view === undefined)
      ? [{ path, message: "DS06: a table has a location, a view has its text (view); this has both or none" }]
      : []),
    ...one.partitions.flatMap(({ column: name }, at) =>
      known(name)
        ? []
        : [
            {
              path: [...path, "partitions", at],
              message: `DS07: partition "${name}" is not among the columns`,
            },
          ],
    ),
    ...holes.flatMap((hole) =>
      known(hole)
        ? []
        : [
            {
              path: [...path, "location"],
              message: `DS07: {${hole}} in the prefix is not among the columns`,
            },
          ],
    ),
    ...Object.entries(one.columns).flatMap(([name, { use, filterable, mask }]) =>
      use !== "masked" && (filterable !== undefined || mask !== undefined)
        ? [
            {
              path: [...path, "columns", name],
              message: "DS08: filterable and mask are for a column whose use is masked",
            },
          ]
        : [],
    ),
  ];
}

/** A view is read as its text, so the text must be understood and stay within the data source. */
function viewFindings(path: (string | number)[], declared: Declared): FileFinding[] {
  const guardrails = guardrailsOf(declared);
  return Object.entries(declared.tables).flatMap(([name, { view }]) => {
    if (view === undefined) return [];
    const result = analyzeWithin(view, guardrails, "none");
    const at = [...path, name, "view"];
    if (result.status === "refused")
      return result.refusals.map(({ message }) => ({ path: at, message: `DS10: ${message}` }));
    return result.analysis.tables
      .filter((use) => !guardrailOf(guardrails, use.name))
      .map((use) => ({
        path: at,
        message: `DS10: it reads ${use.name.database}.${use.name.table}, which is no table of this data source`,
      }));
  });
}
