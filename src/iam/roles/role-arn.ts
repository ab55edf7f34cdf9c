import { PolicyRefused } from "../policy-refused.ts";

/** Where a role lives and what it is called. `user` too: a bot may run as an IAM user where there are no roles. */
export type RolePlace = { name: string; path: string; account: string; partition: string };

/** Throws `PolicyRefused` unless it is the ARN of an IAM role or user. */
export function splitRoleArn(arn: string): RolePlace {
  const form = /^arn:(aws[a-z-]*):iam::(\d{12}):(?:role|user)(\/(?:[\w+=,.@-]+\/)*)([\w+=,.@-]{1,64})$/u;
  const [, partition, account, path, name] = form.exec(arn) ?? [];
  if (!partition || !account || !path || !name)
    throw new PolicyRefused("resource", `${JSON.stringify(arn)} is not the ARN of a role.`);
  return { name, path, account, partition };
}
