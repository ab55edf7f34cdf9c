import { expectForm, expectPlace, type PolicyTarget } from "./policy-target.ts";

/**
 * The exact ARN that IAM checks: the table, or the index alone when one is queried. Throws `PolicyRefused` if
 * any part could mean more than itself in an ARN.
 */
export function dynamoDbArn(target: PolicyTarget, table: string, index?: string): string {
  const { account, region, partition } = expectPlace(target);
  // API Reference, CreateTable: 3–255 of these characters for tables and indexes.
  expectForm("table", table, /^[A-Za-z0-9_.-]{3,255}$/u);
  const arn = `arn:${partition}:dynamodb:${region}:${account}:table/${table}`;
  if (index === undefined) return arn;
  expectForm("index", index, /^[A-Za-z0-9_.-]{3,255}$/u);
  return `${arn}/index/${index}`;
}
