import type { PolicyTarget } from "./policy-target.ts";

/**
 * What else can be done to the resources of an Athena plan, by service: reading more, writing, stopping,
 * deleting, opening up (Service Authorization Reference). A mutation is made of each; those that a plan
 * asks for are sorted out there.
 */
export const otherActions: Readonly<Record<string, readonly string[]>> = {
  athena: [
    "athena:StopQueryExecution",
    "athena:GetQueryResultsStream",
    "athena:BatchGetQueryExecution",
    "athena:ListQueryExecutions",
    "athena:CreateNamedQuery",
    "athena:DeleteNamedQuery",
    "athena:GetNamedQuery",
    "athena:CreatePreparedStatement",
    "athena:UpdatePreparedStatement",
    "athena:GetPreparedStatement",
    "athena:StartSession",
    "athena:StartCalculationExecution",
    "athena:GetWorkGroup",
    "athena:CreateWorkGroup",
    "athena:UpdateWorkGroup",
    "athena:DeleteWorkGroup",
    "athena:TagResource",
  ],
  glue: [
    "glue:GetTables",
    "glue:GetTableVersions",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:BatchGetPartition",
    "glue:GetUserDefinedFunctions",
    "glue:SearchTables",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:DeleteTable",
    "glue:BatchDeleteTable",
    "glue:CreatePartition",
    "glue:BatchCreatePartition",
    "glue:CreateDatabase",
    "glue:UpdateDatabase",
    "glue:DeleteDatabase",
    "glue:PutResourcePolicy",
  ],
  s3: [
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObjectVersion",
    "s3:GetObjectAcl",
    "s3:PutObjectAcl",
    "s3:PutObjectTagging",
    "s3:RestoreObject",
    "s3:AbortMultipartUpload",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
    "s3:DeleteBucket",
  ],
  kms: [
    "kms:Encrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKeyPair",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
  ],
  lakeformation: [
    "lakeformation:GrantPermissions",
    "lakeformation:PutDataLakeSettings",
    "lakeformation:GetTemporaryGlueTableCredentials",
    "lakeformation:RegisterResource",
  ],
};

/** Calls on what no Athena plan is about, each on a resource of the target's account. */
export function foreignActions({
  account,
  region,
  partition = "aws",
}: PolicyTarget): { action: string; resource: string }[] {
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const global = (service: string, rest: string) => `arn:${partition}:${service}::${account}:${rest}`;
  return [
    ...[
      "GetItem",
      "BatchGetItem",
      "Query",
      "Scan",
      "PartiQLSelect",
      "PutItem",
      "UpdateItem",
      "DeleteItem",
    ].map((operation) => ({ action: `dynamodb:${operation}`, resource: arn("dynamodb", "table/other-0") })),
    { action: "athena:GetDataCatalog", resource: arn("athena", "datacatalog/AwsDataCatalog") },
    { action: "athena:CreateDataCatalog", resource: arn("athena", "datacatalog/other-0") },
    { action: "lambda:InvokeFunction", resource: arn("lambda", "function:other-0") },
    { action: "secretsmanager:GetSecretValue", resource: arn("secretsmanager", "secret:other-0") },
    { action: "kms:Decrypt", resource: arn("kms", "key/00000000-0000-0000-0000-000000000000") },
    { action: "lakeformation:GetDataAccess", resource: "*" },
    { action: "s3:ListAllMyBuckets", resource: "*" },
    { action: "s3:GetObject", resource: `arn:${partition}:s3:::other-0/part-00000.gz` },
    { action: "sts:AssumeRole", resource: global("iam", "role/other-0") },
    { action: "iam:PutRolePolicy", resource: global("iam", "role/other-0") },
    { action: "iam:PassRole", resource: global("iam", "role/other-0") },
  ];
}
