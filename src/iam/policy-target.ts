import { PolicyRefused } from "./policy-refused.ts";

/** Where the data lives. `partition` is `aws` unless given (`aws-cn`, `aws-us-gov`, …). */
export type PolicyTarget = { account: string; region: string; partition?: string };

/** The target with every part filled in. Throws `PolicyRefused` if one could mean more than itself in an ARN. */
export function expectPlace(target: PolicyTarget): Required<PolicyTarget> {
  const { account, region, partition = "aws" } = target;
  expectForm("partition", partition, /^aws(?:-[a-z]+)*$/u);
  expectForm("region", region, /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/u);
  expectForm("account", account, /^\d{12}$/u);
  return { account, region, partition };
}

/** Throws `PolicyRefused` unless the whole value has the form. */
export function expectForm(what: string, value: string, form: RegExp): void {
  if (!form.test(value))
    throw new PolicyRefused("resource", `${JSON.stringify(value)} is not the name of a ${what}.`);
}
