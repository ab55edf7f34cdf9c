import { expectForm, expectPlace, type PolicyTarget } from "./policy-target.ts";

/*
 * The exact ARNs that IAM checks when Athena runs a query. Each function throws `PolicyRefused` if a part could
 * mean more than itself in an ARN: wildcards, policy variables, separators.
 */

export function workgroupArn(target: PolicyTarget, name: string): string {
  const { account, region, partition } = expectPlace(target);
  // API Reference, CreateWorkGroup.
  expectForm("workgroup", name, /^[A-Za-z0-9._-]{1,128}$/u);
  return `arn:${partition}:athena:${region}:${account}:workgroup/${name}`;
}

/** The Glue catalogue of an account; it may belong to another account than the workgroup. */
export function catalogArn(target: PolicyTarget, catalogId: string): string {
  const { region, partition } = expectPlace(target);
  expectForm("Glue catalog", catalogId, /^\d{12}$/u);
  return `arn:${partition}:glue:${region}:${catalogId}:catalog`;
}

export function databaseArn(target: PolicyTarget, catalogId: string, database: string): string {
  expectForm("Glue database", database, glueName);
  return catalogArn(target, catalogId).replace(/catalog$/u, `database/${database}`);
}

export function tableArn(target: PolicyTarget, catalogId: string, database: string, table: string): string {
  expectForm("Glue database", database, glueName);
  expectForm("Glue table", table, glueName);
  return catalogArn(target, catalogId).replace(/catalog$/u, `table/${database}/${table}`);
}

/** Glue takes more; what Athena can name needs no more than this. */
const glueName = /^[A-Za-z0-9_.-]{1,255}$/u;

export function bucketArn(target: PolicyTarget, bucket: string): string {
  // S3 User Guide, "General purpose bucket naming rules".
  expectForm("bucket", bucket, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u);
  return `arn:${expectPlace(target).partition}:s3:::${bucket}`;
}

/** What the ARN of every object under a prefix begins with. The prefix ends in `/`, so that it is one folder and not its look-alikes. */
export function folderArn(target: PolicyTarget, bucket: string, prefix: string): string {
  // S3 User Guide, "Naming Amazon S3 objects": the characters that are safe, and those that need encoding but mean themselves.
  expectForm("folder in S3", prefix, /^(?:[A-Za-z0-9!_.'()=@:,+;& -]{1,255}\/){1,32}$/u);
  return `${bucketArn(target, bucket)}/${prefix}`;
}

/** Checks the ARN of a key. An alias can't stand in a policy: IAM would compare it with the key's own ARN. */
export function kmsKeyArn(target: PolicyTarget, arn: string): string {
  const { partition } = expectPlace(target);
  expectForm(
    "KMS key (its ARN)",
    arn,
    new RegExp(
      String.raw`^arn:${partition}:kms:[a-z]{2}(?:-[a-z]+)+-\d{1,2}:\d{12}:key/[A-Za-z0-9-]{1,64}$`,
      "u",
    ),
  );
  return arn;
}
