import type { TrustPolicy } from "../../iam/evaluate-trust.ts";
import type { PolicyDocument } from "../../iam/policy-document.ts";
import type { RoleDeclaration, UserDeclaration } from "./identities.ts";
import { sessionBackstop } from "./session-backstop.ts";

type Place = { account: string; region: string; externalId: string };

/** The bot's own identity: it can assume data roles and use its own table, and nothing else. */
export function brokerUser({ account, region }: Place): UserDeclaration {
  const ownTable = `arn:aws:dynamodb:${region}:${account}:table/jit-requests*`;
  return {
    name: "jit-broker",
    policies: [
      {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "AssumeDataRoles",
            Effect: "Allow",
            Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            Resource: `arn:aws:iam::${account}:role/jit-*`,
          },
          {
            Sid: "OwnTable",
            Effect: "Allow",
            Action: [
              "dynamodb:GetItem",
              "dynamodb:PutItem",
              "dynamodb:UpdateItem",
              "dynamodb:Query",
              "dynamodb:CreateTable",
              "dynamodb:DescribeTable",
              "dynamodb:UpdateTimeToLive",
              "dynamodb:DescribeTimeToLive",
            ],
            Resource: [ownTable, `${ownTable}/index/*`],
          },
        ],
      },
    ],
  };
}

/** Keys that may do everything: seeding, and stories that look around. Never given to the bot. */
export function operatorUser(): UserDeclaration {
  return { name: "jit-operator", policies: [policy([{ Effect: "Allow", Action: "*", Resource: "*" }])] };
}

/**
 * The role that runs reads. Its own policy is wide (all reads on the order tables): what a run may do is cut
 * by the session policy. The denies are the backstop for a session that was minted without one or in a way
 * that nobody could attribute.
 */
export function dataRole({ account, region, externalId }: Place): RoleDeclaration {
  const tables = ["orders*", "order_events*"].map(
    (name) => `arn:aws:dynamodb:${region}:${account}:table/${name}`,
  );
  return {
    name: "jit-data-dynamodb-read",
    trust: brokerTrust(account, externalId),
    policies: [
      policy([
        {
          Sid: "Reads",
          Effect: "Allow",
          Action: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
          Resource: [...tables, ...tables.map((table) => `${table}/index/*`)],
        },
      ]),
      backstop,
    ],
  };
}

/** The role that scans: a session of it may reach every item of the table, so nothing else is done with it. */
export function scanRole({ account, region, externalId }: Place): RoleDeclaration {
  return {
    name: "jit-data-dynamodb-scan",
    trust: brokerTrust(account, externalId),
    policies: [
      policy([
        {
          Sid: "Scans",
          Effect: "Allow",
          Action: "dynamodb:Scan",
          Resource: `arn:aws:dynamodb:${region}:${account}:table/orders`,
        },
      ]),
      backstop,
    ],
  };
}

/** The role that writes: one item at a time, and the reads that show what stands there. It opens no index. */
export function writeRole({ account, region, externalId }: Place): RoleDeclaration {
  return {
    name: "jit-data-dynamodb-write",
    trust: brokerTrust(account, externalId),
    policies: [
      policy([
        {
          Sid: "Writes",
          Effect: "Allow",
          Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
          Resource: `arn:aws:dynamodb:${region}:${account}:table/orders`,
        },
      ]),
      backstop,
    ],
  };
}

const backstop = policy([
  ...sessionBackstop,
  {
    Sid: "NoOtherWayIn",
    Effect: "Deny",
    Action: [
      "dynamodb:PartiQL*",
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:PutItem",
      "dynamodb:ExportTableToPointInTime",
    ],
    Resource: "*",
  },
]);

/**
 * Three statements, because each of the three actions has condition keys of its own: an ExternalId condition
 * on `sts:TagSession` could never hold.
 */
export function brokerTrust(account: string, externalId: string): TrustPolicy {
  const Principal = { AWS: `arn:aws:iam::${account}:user/jit-broker` };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Assume",
        Effect: "Allow",
        Principal,
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "sts:ExternalId": externalId },
          StringLike: {
            "sts:SourceIdentity": "?*",
            "aws:RequestTag/grant": "?*",
            "aws:RequestTag/runbook": "?*",
            "aws:RequestTag/version": "?*",
          },
        },
      },
      {
        Sid: "Tag",
        Effect: "Allow",
        Principal,
        Action: "sts:TagSession",
        Condition: {
          "ForAllValues:StringEquals": { "aws:TagKeys": ["grant", "runbook", "version"] },
          Null: { "aws:TagKeys": "false", "sts:TransitiveTagKeys": "true" },
        },
      },
      {
        Sid: "SourceIdentity",
        Effect: "Allow",
        Principal,
        Action: "sts:SetSourceIdentity",
        Condition: { StringLike: { "sts:SourceIdentity": "?*" } },
      },
    ],
  };
}

function policy(Statement: PolicyDocument["Statement"]): PolicyDocument {
  return { Version: "2012-10-17", Statement };
}
