import { PolicyRefused } from "./policy-refused.ts";

/** Where the tables live. `partition` is `aws` unless given (`aws-cn`, `aws-us-gov`, …). */
export type PolicyTarget = { account: string; region: string; partition?: string };

/**
 * The exact ARN that IAM checks: the table, or the index alone when one is queried. Throws `PolicyRefused` if
 * any part could mean more than itself in an ARN.
 */
export function dynamoDbArn(target: PolicyTarget, table: string, index?: string): string {
  const { account, region, partition = "aws" } = target;
  expectForm("partition", partition, /^aws(?:-[a-z]+)*$/u);
  expectForm("region", region, /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/u);
  expectForm("account", account, /^\d{12}$/u);
  // API Reference, CreateTable: 3–255 of these characters for tables and indexes.
  expectForm("table", table, /^[A-Za-z0-9_.-]{3,255}$/u);
  const arn = `arn:${partition}:dynamodb:${region}:${account}:table/${table}`;
  if (index === undefined) return arn;
  expectForm("index", index, /^[A-Za-z0-9_.-]{3,255}$/u);
  return `${arn}/index/${index}`;
}

function expectForm(what: string, value: string, form: RegExp): void {
  if (!form.test(value))
    throw new PolicyRefused("resource", `${JSON.stringify(value)} is not the name of a ${what}.`);
}
