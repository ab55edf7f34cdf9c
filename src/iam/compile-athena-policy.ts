import {
  bucketArn,
  catalogArn,
  databaseArn,
  folderArn,
  kmsKeyArn,
  tableArn,
  workgroupArn,
} from "./athena-arns.ts";
import { checkAthenaScope } from "./check-athena-scope.ts";
import type { PlannedQueries } from "./planned-calls.ts";
import type { Conditions, PolicyDocument, Statement } from "./policy-document.ts";
import { sharedFolder } from "./shared-folder.ts";

/**
 * Start queries in one workgroup, and let Athena read in the session's name what the query reads: Glue's entries
 * of its tables, the folders of its data, the keys they are encrypted with. All but the first statement
 * holds only while Athena makes the call (`aws:CalledVia`), so the same credentials can't open bucket or catalogue
 * themselves. IAM can't tell columns, rows or SQL apart; the guardrails and the plan digest do.
 *
 * `StopQueryExecution` is not in it: the janitor stops queries with an identity of its own.
 * Statements hold what has the same conditions, because STS takes 2,048 characters: an action of one service does
 * nothing on a resource of another.
 */
export function compileAthenaPolicy(plan: PlannedQueries): PolicyDocument {
  checkAthenaScope(plan);
  return {
    Version: "2012-10-17",
    Statement: [
      startQueries(plan),
      readThroughAthena(plan),
      ...listThroughAthena(plan),
      ...writeResults(plan),
      ...(plan.scope.lakeFormation ? [getVendedData] : []),
    ],
  };
}

const throughAthena: Conditions = {
  "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" },
};

/** Lake Formation decides by its own grants; the action knows no resource (Service Authorization Reference). */
const getVendedData: Statement = {
  Effect: "Allow",
  Action: "lakeformation:GetDataAccess",
  Resource: "*",
  Condition: throughAthena,
};

function startQueries({ scope, target }: PlannedQueries): Statement {
  return {
    Effect: "Allow",
    Action: ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
    Resource: workgroupArn(target, scope.workgroup.name),
    Condition: { StringEquals: { "aws:RequestedRegion": target.region } },
  };
}

function readThroughAthena(plan: PlannedQueries): Statement {
  const { scope, target } = plan;
  const { catalogId, tables } = scope.glue;
  const folders = objectFolders(plan);
  const buckets = distinct(folders.map(({ bucket }) => bucket));
  const writes = scope.workgroup.results.kind === "bucket";
  return {
    Effect: "Allow",
    Action: [
      "glue:GetDatabase",
      "glue:GetTable",
      ...(folders.length > 0 ? ["s3:GetBucketLocation", "s3:GetObject"] : []),
      // Athena User Guide, "Encryption at rest": with a customer's key whoever queries needs to make data keys, too.
      ...(scope.kmsKeys.length > 0 ? ["kms:Decrypt", "kms:GenerateDataKey"] : []),
      ...(scope.kmsKeys.length > 0 && !writes ? ["kms:DescribeKey"] : []),
    ],
    Resource: [
      catalogArn(target, catalogId),
      ...distinct(tables.map(({ database }) => databaseArn(target, catalogId, database))),
      ...distinct(tables.map(({ database, table }) => tableArn(target, catalogId, database, table))),
      ...buckets.map((bucket) => bucketArn(target, bucket)),
      ...folders.map(({ bucket, prefix }) => `${folderArn(target, bucket, prefix)}*`),
      ...distinct(scope.kmsKeys.map((key) => kmsKeyArn(target, key))),
    ],
    Condition: throughAthena,
  };
}

/**
 * Names of objects, for Athena to find its way: in each bucket the folder that holds all that is read. One
 * statement for all buckets, which also lets each be listed under the folders of another: a statement a bucket, or a
 * prefix a day, would not fit next to results in a bucket and a key.
 */
function listThroughAthena(plan: PlannedQueries): Statement[] {
  const { scope, target } = plan;
  const { results } = scope.workgroup;
  const buckets = distinct(objectFolders(plan).map(({ bucket }) => bucket));
  if (buckets.length === 0) return [];
  const data = scope.lakeFormation ? [] : [...Map.groupBy(scope.data, ({ bucket }) => bucket).values()];
  const folders = [
    ...data.flatMap((inBucket) => sharedFolder(inBucket.map(({ prefix }) => prefix))),
    ...(results.kind === "bucket" ? [results.prefix] : []),
  ];
  return [
    {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: buckets.map((bucket) => bucketArn(target, bucket)),
      Condition: {
        ...throughAthena,
        StringLike: { "s3:prefix": distinct(folders).map((folder) => `${folder}*`) },
      },
    },
  ];
}

function writeResults({ scope, target }: PlannedQueries): Statement[] {
  const { results } = scope.workgroup;
  if (results.kind === "managed") return [];
  return [
    {
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: `${folderArn(target, results.bucket, results.prefix)}*`,
      Condition: throughAthena,
    },
  ];
}

type Folder = { bucket: string; prefix: string };

/**
 * The folders whose objects are read: data, unless Lake Formation vends it, and results that lie in a bucket. In a
 * fixed order; without those that lie in another one.
 */
function objectFolders({ scope }: PlannedQueries): Folder[] {
  const { results } = scope.workgroup;
  const all: Folder[] = [
    ...(scope.lakeFormation ? [] : scope.data),
    ...(results.kind === "bucket" ? [results] : []),
  ];
  return all
    .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
    .filter((folder, index, sorted) => !sorted.slice(0, index).some((other) => contains(other, folder)));
}

function contains(outer: Folder, inner: Folder): boolean {
  return inner.bucket === outer.bucket && inner.prefix.startsWith(outer.prefix);
}

function placeOf({ bucket, prefix }: Folder): string {
  return `${bucket}/${prefix}`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
