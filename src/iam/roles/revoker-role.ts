import { packPolicies } from "./pack-policies.ts";
import { splitRoleArn } from "./role-arn.ts";
import type { ExplainedStatement, RoleDocument } from "./role-document.ts";
import { botTrust } from "./trust.ts";

/** The one inline policy that a revoker writes: the deny-list of grants that have ended. */
const denyListPolicy = "jit-revoked-grants";

/**
 * Writes one inline policy on the data roles, only while each has its permissions boundary. IAM knows no condition for
 * the name of an inline policy, so what keeps it from opening anything is that boundary.
 */
export function revokerRole(
  { arn, bot, externalId }: { arn: string; bot: string; externalId?: string },
  dataRoles: readonly RoleDocument[],
): RoleDocument {
  const place = splitRoleArn(arn);
  const bounded = dataRoles.flatMap((role) => (role.boundary ? [{ ...role, boundary: role.boundary }] : []));
  const statements = bounded.map(({ arn: role, name, partition, account, boundary }): ExplainedStatement => ({
    neededBy: [`the deny-list ${denyListPolicy} of ${name}`],
    statement: {
      Sid: `Write${name.replaceAll(/[^A-Za-z0-9]/gu, "")}`,
      Effect: "Allow",
      Action: ["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
      Resource: role,
      Condition: {
        StringEquals: {
          "iam:PermissionsBoundary": `arn:${partition}:iam::${account}:policy/${boundary.name}`,
        },
      },
    },
  }));
  const reading: ExplainedStatement = {
    neededBy: ["reading a deny-list back"],
    statement: {
      Sid: "ReadBack",
      Effect: "Allow",
      Action: ["iam:GetRolePolicy"],
      Resource: bounded.map((role) => role.arn),
    },
  };
  return {
    kind: "revoker",
    arn,
    ...place,
    description: "Writes the deny-list of ended grants on the data roles.",
    maxSessionSeconds: 3600,
    trust: botTrust({
      bot,
      ...(externalId !== undefined && { externalId }),
      sessionName: "jit-*",
      sourceIdentity: ["jit-*"],
    }),
    policies: packPolicies(`${place.name}-rights`, [...statements, reading]),
  };
}
