import type { PolicyDocument } from "../../iam/policy-document.ts";

/** What every data role denies, whatever its session says: a session of nobody or for nothing, and any way on to other rights. */
export const sessionBackstop: PolicyDocument["Statement"] = [
  {
    Sid: "NoSessionWithoutGrant",
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: { Null: { "aws:PrincipalTag/grant": "true" } },
  },
  {
    Sid: "NoSessionWithoutPerson",
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: { Null: { "aws:SourceIdentity": "true" } },
  },
  {
    Sid: "NoWayOnward",
    Effect: "Deny",
    Action: ["sts:AssumeRole", "sts:GetFederationToken", "iam:*", "organizations:*"],
    Resource: "*",
  },
];
