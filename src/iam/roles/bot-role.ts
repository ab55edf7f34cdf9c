import { dynamoDbArn } from "../dynamodb-arn.ts";
import { packPolicies } from "./pack-policies.ts";
import { splitRoleArn } from "./role-arn.ts";
import type { ExplainedStatement, RoleDocument } from "./role-document.ts";
import { serviceTrust } from "./trust.ts";

/** The table of requests and audit. */
export type OwnTable = { name: string; region: string; indexes: readonly string[] };

type Assumed = Pick<RoleDocument, "arn" | "kind">;

/** What the store does to its table; its indexes are only queried. */
const ownTableActions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** The bot can assume the roles of the catalogue and use its own table, and nothing else. */
export function botRole(
  { bot, runsOn, table }: { bot: string; runsOn: string; table: OwnTable },
  assumed: readonly Assumed[],
): RoleDocument {
  const place = splitRoleArn(bot);
  const target = { account: place.account, region: table.region, partition: place.partition };
  const statements: ExplainedStatement[] = [
    {
      neededBy: ["runs", "stopping queries whose access has ended"],
      statement: {
        Sid: "AssumeRoles",
        Effect: "Allow",
        Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        Resource: assumed.map(({ arn }) => arn).sort(),
      },
    },
    {
      neededBy: ["requests and audit"],
      statement: {
        Sid: "OwnTable",
        Effect: "Allow",
        Action: ownTableActions,
        Resource: dynamoDbArn(target, table.name),
      },
    },
    {
      neededBy: ["requests by time and by person"],
      statement: {
        Sid: "OwnIndexes",
        Effect: "Allow",
        Action: "dynamodb:Query",
        Resource: table.indexes.map((index) => dynamoDbArn(target, table.name, index)),
      },
    },
    {
      neededBy: ["readiness", "jit doctor"],
      statement: {
        Sid: "LookAtOwnTable",
        Effect: "Allow",
        Action: [
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTable",
          "dynamodb:DescribeTimeToLive",
        ],
        Resource: dynamoDbArn(target, table.name),
      },
    },
  ];
  return {
    kind: "bot",
    arn: bot,
    ...place,
    description: "The bot. It can hand out sessions of the data roles and use its own table.",
    maxSessionSeconds: 3600,
    trust: serviceTrust(runsOn),
    policies: packPolicies(`${place.name}-rights`, assumed.length > 0 ? statements : statements.slice(1)),
  };
}
