import type { TrustPolicy } from "../evaluate-trust.ts";
import type { RoleTrust, ServiceTrust } from "./role-document.ts";

/** How the bot names itself when it assumes a role. Values are patterns of `StringLike`. */
export type Caller = {
  /** ARN of the bot's own role. */
  bot: string;
  externalId?: string;
  sessionName: string;
  sourceIdentity: readonly string[];
};

/** The session tags that a run's session carries, and no other. */
const tagKeys = ["grant", "runbook", "version"];

/**
 * Three statements, because `sts:AssumeRole`, `sts:TagSession` and `sts:SetSourceIdentity` know different condition
 * keys (Service Authorization Reference, AWS STS): an ExternalId condition on the other two could never hold. Tags are
 * not transitive, so no further session inherits a grant.
 */
export function botTrust({ bot, externalId, sessionName, sourceIdentity }: Caller): TrustPolicy {
  const allow = { Effect: "Allow", Principal: { AWS: bot } } as const;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Assume",
        ...allow,
        Action: "sts:AssumeRole",
        Condition: {
          ...(externalId !== undefined && { StringEquals: { "sts:ExternalId": externalId } }),
          StringLike: {
            "sts:RoleSessionName": sessionName,
            "sts:SourceIdentity": [...sourceIdentity],
            ...Object.fromEntries(tagKeys.map((key) => [`aws:RequestTag/${key}`, "?*"])),
          },
        },
      },
      {
        Sid: "Tag",
        ...allow,
        Action: "sts:TagSession",
        Condition: {
          "ForAllValues:StringEquals": { "aws:TagKeys": [...tagKeys] },
          Null: { "aws:TagKeys": "false", "sts:TransitiveTagKeys": "true" },
        },
      },
      {
        Sid: "SourceIdentity",
        ...allow,
        Action: "sts:SetSourceIdentity",
        Condition: { StringLike: { "sts:SourceIdentity": [...sourceIdentity] } },
      },
    ],
  };
}

/** For the bot's own role: the AWS service that runs it, like `ecs-tasks.amazonaws.com`. */
export function serviceTrust(service: string): ServiceTrust {
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "RunsHere", Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" },
    ],
  };
}

export function isBotTrust(trust: RoleTrust): trust is TrustPolicy {
  return trust.Statement.every(({ Principal }) => Principal === "*" || "AWS" in Principal);
}
