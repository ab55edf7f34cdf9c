import { brokerTrust } from "./default-identities.ts";
import type { RoleDeclaration } from "./identities.ts";

/** The role that writes the deny-list on the data roles, and nothing else. */
export function revokerRole({
  account,
  externalId,
}: {
  account: string;
  externalId: string;
}): RoleDeclaration {
  return {
    name: "jit-revoker",
    trust: brokerTrust(account, externalId),
    policies: [
      {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "WriteDenyList",
            Effect: "Allow",
            Action: ["iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:GetRolePolicy"],
            Resource: `arn:aws:iam::${account}:role/jit-data-*`,
          },
        ],
      },
    ],
  };
}
