import {
  bucketArn,
  catalogArn,
  databaseArn,
  folderArn,
  kmsKeyArn,
  tableArn,
  workgroupArn,
} from "./athena-arns.ts";
import type { PlannedQueries } from "./planned-calls.ts";
import type { PolicyTarget } from "./policy-target.ts";
import { sharedFolder } from "./shared-folder.ts";

/** One thing that IAM is asked while the queries run. */
export type AthenaRight = {
  action: string;
  /** An exact ARN, or with `folder` what the ARN of every object in it begins with. */
  resource: string;
  folder?: true;
  /** Athena asks it in the session's name (forward access session); else the session asks itself. */
  forwarded: boolean;
  /** `s3:prefix`: what may be listed begins with it. */
  listed?: string;
};

/**
 * Everything that the queries need, one by one, from what each service documents (Service Authorization Reference;
 * Athena User Guide, "Access to databases and tables", "Control access to Amazon S3"). Read from calls and
 * scope alone, apart from the compiler, so that a policy can be judged by it.
 *
 * Throws `PolicyRefused` for a name that could mean more than itself.
 */
export function athenaRights(plan: PlannedQueries): AthenaRight[] {
  const rights = [
    ...queryRights(plan),
    ...catalogueRights(plan),
    ...dataRights(plan),
    ...resultRights(plan),
    ...listRights(plan),
  ];
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

/** Whom the right is about, for people: `glue:GetTable table/audit/cloudtrail_logs`. */
export function nameOf({ action, resource }: AthenaRight): string {
  return `${action} ${resource.split(":").slice(5).join(":") || resource}`;
}

function queryRights({ calls, target }: PlannedQueries): AthenaRight[] {
  return calls.flatMap(({ request }) =>
    ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"].map((action) => ({
      action,
      resource: workgroupArn(target, request.WorkGroup),
      forwarded: false,
    })),
  );
}

/** Glue asks for a resource and all its ancestors. */
function catalogueRights({ scope, target }: PlannedQueries): AthenaRight[] {
  const { catalogId, tables } = scope.glue;
  return tables.flatMap(({ database, table }) => {
    const ancestors = [catalogArn(target, catalogId), databaseArn(target, catalogId, database)];
    return [
      ...forwarded("glue:GetDatabase", ancestors),
      ...forwarded("glue:GetTable", [...ancestors, tableArn(target, catalogId, database, table)]),
    ];
  });
}

function dataRights({ scope, target }: PlannedQueries): AthenaRight[] {
  const keys = scope.kmsKeys.map((key) => kmsKeyArn(target, key));
  const ofKeys = ["kms:Decrypt", "kms:GenerateDataKey"].concat(
    scope.workgroup.results.kind === "managed" ? "kms:DescribeKey" : [],
  );
  return [
    ...(scope.lakeFormation
      ? forwarded("lakeformation:GetDataAccess", ["*"])
      : scope.data.flatMap((folder) => readRights(folder, target))),
    ...ofKeys.flatMap((action) => forwarded(action, keys)),
  ];
}

function resultRights({ scope, target }: PlannedQueries): AthenaRight[] {
  const { results } = scope.workgroup;
  if (results.kind === "managed") return [];
  const resource = folderArn(target, results.bucket, results.prefix);
  return [
    ...readRights(results, target),
    ...["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"].map((action) => ({
      action,
      resource,
      folder: true as const,
      forwarded: true,
    })),
  ];
}

/** Any of the buckets under any of the folders: in each bucket the one that all its data shares, and that of the results. */
function listRights({ scope, target }: PlannedQueries): AthenaRight[] {
  const { results } = scope.workgroup;
  const data = scope.lakeFormation ? [] : scope.data;
  const own = results.kind === "bucket" ? [results] : [];
  const buckets = [...new Set([...data, ...own].map(({ bucket }) => bucket))];
  const folders = buckets
    .flatMap((bucket) =>
      sharedFolder(data.filter((one) => one.bucket === bucket).map(({ prefix }) => prefix)),
    )
    .concat(own.map(({ prefix }) => prefix));
  return buckets.flatMap((bucket) =>
    folders.map((listed) => ({
      action: "s3:ListBucket",
      resource: bucketArn(target, bucket),
      forwarded: true,
      listed,
    })),
  );
}

type Folder = { bucket: string; prefix: string };

function readRights({ bucket, prefix }: Folder, target: PolicyTarget): AthenaRight[] {
  return [
    { action: "s3:GetBucketLocation", resource: bucketArn(target, bucket), forwarded: true },
    { action: "s3:GetObject", resource: folderArn(target, bucket, prefix), folder: true, forwarded: true },
  ];
}

function forwarded(action: string, resources: readonly string[]): AthenaRight[] {
  return resources.map((resource) => ({ action, resource, forwarded: true }));
}
