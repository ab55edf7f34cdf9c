import type { TrustPolicy } from "../evaluate-trust.ts";
import type { Statement } from "../policy-document.ts";

/** One IAM role as it should be, whatever tool makes it. */
export type RoleDocument = {
  kind: "bot" | "data" | "janitor" | "revoker";
  name: string;
  /** `/`, or `/team/` for a role that lives in a path. */
  path: string;
  arn: string;
  account: string;
  partition: string;
  /** At most 1,000 characters of plain ASCII (IAM, CreateRole). */
  description: string;
  maxSessionSeconds: number;
  trust: RoleTrust;
  policies: readonly RolePolicy[];
  /** The most that the role can ever do, whatever else somebody attaches to it. */
  boundary?: RolePolicy;
};

/** Who may assume it: the bot, or the AWS service that the bot runs on. */
export type RoleTrust = TrustPolicy | ServiceTrust;

export type ServiceTrust = {
  Version: "2012-10-17";
  Statement: readonly [{ Sid: string; Effect: "Allow"; Principal: { Service: string }; Action: string }];
};

/** A customer managed policy. Inline policies are left to the deny-list of revoked grants. */
export type RolePolicy = { name: string; statements: readonly ExplainedStatement[] };

export type ExplainedStatement = {
  statement: Statement & { Sid: string };
  /** Names of runbooks, or what of the product needs it. */
  neededBy: readonly string[];
};

/** The policy in IAM's own form. */
export function documentOf({ statements }: RolePolicy): { Version: "2012-10-17"; Statement: Statement[] } {
  return { Version: "2012-10-17", Statement: statements.map(({ statement }) => statement) };
}

/** The bot's role, where it is made together with a role that trusts it: IAM takes no principal that does not exist yet. */
export function trustedHere(role: RoleDocument, roles: readonly RoleDocument[]): RoleDocument | undefined {
  return role.kind === "bot" ? undefined : roles.find(({ kind }) => kind === "bot");
}
