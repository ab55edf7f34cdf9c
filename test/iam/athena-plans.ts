import * as fc from "fast-check";
import type { PlannedCalls } from "../../src/iam/planned-calls.ts";
import type { AthenaCall, AthenaScope } from "../../src/runbook/athena-plan.ts";

export const target = { account: "111122223333", region: "eu-west-1" };

export const scope: AthenaScope = {
  workgroup: { name: "jit-cloudtrail", results: { kind: "managed" } },
  glue: { catalogId: "111122223333", tables: [{ database: "audit", table: "cloudtrail_logs" }] },
  data: [
    { bucket: "org-trail-logs", prefix: "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/" },
    { bucket: "org-trail-logs", prefix: "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21/" },
  ],
  kmsKeys: [],
  lakeFormation: false,
  reads: [],
  bounds: [],
  maxBytesScanned: 1_000_000_000,
};

export const ownBucket: AthenaScope["workgroup"] = {
  name: "jit-cloudtrail",
  results: { kind: "bucket", bucket: "query-results", prefix: "jit/" },
};

export const key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

export function query(of: AthenaScope = scope): AthenaCall {
  return {
    action: "athena:StartQueryExecution",
    request: {
      WorkGroup: of.workgroup.name,
      QueryExecutionContext: {
        Catalog: "AwsDataCatalog",
        Database: of.glue.tables[0]?.database ?? "",
      },
      QueryString: "SELECT eventname FROM cloudtrail_logs WHERE day = ? LIMIT 10",
      ExecutionParameters: ["'2026/11/20'"],
    },
  };
}

export function planOf(change: Partial<AthenaScope> = {}): PlannedCalls & { athena: AthenaScope } {
  const athena = { ...scope, ...change };
  return { calls: [query(athena)], schemas: {}, target, athena };
}

/** Few names, so that plans overlap and names begin alike. */
const names = fc.constantFrom("a", "a0", "ab", "other-0", "audit");
const buckets = fc.constantFrom("data", "data0", "other-0", "query-results");
const prefixes = fc
  .array(fc.constantFrom("a", "a0", "b", "2026", "dt=2026-11-21", "other-0", "part-00000.gz"), {
    minLength: 1,
    maxLength: 3,
  })
  .map((folders) => `${folders.join("/")}/`);
const folders = fc.record({ bucket: buckets, prefix: prefixes });
const accounts = fc.constantFrom("111122223333", "999999999999", "444455556666");

const results: fc.Arbitrary<AthenaScope["workgroup"]["results"]> = fc.oneof(
  fc.constant({ kind: "managed" as const }),
  folders.map((folder) => ({ kind: "bucket" as const, ...folder })),
);

/** Plans over one to three tables and one to four folders, in every variant; some contradict themselves. */
export const athenaPlans: fc.Arbitrary<PlannedCalls & { athena: AthenaScope }> = fc
  .record({
    name: names,
    results,
    catalogId: accounts,
    tables: fc.array(fc.record({ database: names, table: names }), { minLength: 1, maxLength: 3 }),
    data: fc.array(folders, { minLength: 1, maxLength: 4 }),
    kmsKeys: fc.uniqueArray(fc.constantFrom(key, `${key}0`), { maxLength: 2 }),
    lakeFormation: fc.boolean(),
    place: fc.record({ account: accounts, region: fc.constantFrom("eu-west-1", "us-east-1") }),
  })
  .map((made) => {
    const athena: AthenaScope = {
      ...scope,
      workgroup: { name: made.name, results: made.results },
      glue: { catalogId: made.catalogId, tables: made.tables },
      data: made.data,
      kmsKeys: made.kmsKeys,
      lakeFormation: made.lakeFormation,
    };
    return { calls: [query(athena)], schemas: {}, target: made.place, athena };
  });
