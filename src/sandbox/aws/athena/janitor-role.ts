import { brokerTrust } from "../default-identities.ts";
import type { RoleDeclaration } from "../identities.ts";

/** The role that attends to queries after their grant's end: it may look at them and stop them, start nothing and read no result. */
export function janitorRole(place: { account: string; region: string; externalId: string }): RoleDeclaration {
  const { account, region, externalId } = place;
  return {
    name: "jit-janitor-athena",
    trust: brokerTrust(account, externalId),
    policies: [
      {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "LookAndStop",
            Effect: "Allow",
            Action: ["athena:GetQueryExecution", "athena:StopQueryExecution"],
            Resource: `arn:aws:athena:${region}:${account}:workgroup/jit-*`,
          },
        ],
      },
    ],
  };
}
