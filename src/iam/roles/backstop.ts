import type { Statement } from "../policy-document.ts";
import type { ExplainedStatement } from "./role-document.ts";

/**
 * What is denied to a session of ours whatever else allows it: IAM has no condition that demands a session policy, so
 * this is the wall behind a bot that forgot one. `allowed` are the actions of the role's own statements; nothing here
 * denies one of those.
 *
 * `aws:ViaAWSService` is in the first two because it is not documented that calls that Athena makes in a
 * session's name carry the session's tags; the session's own calls are the ones that start everything.
 */
export function backstop(allowed: readonly string[]): ExplainedStatement[] {
  const direct = { Bool: { "aws:ViaAWSService": "false" } };
  const services = new Set(allowed.map(serviceOf));
  const forwarded = ["glue", "lakeformation", "s3"].filter((service) => services.has(service));
  const foreign = [...otherServices, ...dataServices.filter((service) => !services.has(service))].sort();
  const denies: (Statement & { Sid: string })[] = [
    {
      Sid: "NoSessionWithoutGrant",
      ...denyAll,
      Condition: { Null: { "aws:PrincipalTag/grant": "true" }, ...direct },
    },
    {
      Sid: "NoSessionWithoutPerson",
      ...denyAll,
      Condition: { Null: { "aws:SourceIdentity": "true" }, ...direct },
    },
    { Sid: "NoWayOnward", Effect: "Deny", Action: [...onward], Resource: "*" },
    {
      Sid: "NoOtherService",
      Effect: "Deny",
      Action: foreign.map((service) => `${service}:*`),
      Resource: "*",
    },
    ...(services.has("dynamodb") ? [otherWaysIn(allowed)] : []),
    {
      Sid: "OnlyThroughServices",
      Effect: "Deny",
      // A table or a bucket may be encrypted with a key; then the service asks for it in the session's name.
      Action: [...forwarded, "kms"].sort().map((service) => `${service}:*`),
      Resource: "*",
      Condition: direct,
    },
  ];
  return denies.map((statement) => ({ statement, neededBy: ["every session"] }));
}

const denyAll = { Effect: "Deny", Action: "*", Resource: "*" } as const;

/** No role chaining, no longer credentials, no rights of its own making. */
const onward = [
  "iam:*",
  "organizations:*",
  "sts:Assume*",
  "sts:GetFederationToken",
  "sts:GetServiceBearerToken",
  "sts:GetSessionToken",
];

const dataServices = ["athena", "dynamodb", "glue", "lakeformation", "s3"];
/** Services that hold data, secrets or rights, or run code; a role's own Allow statements name none of them. */
const otherServices = [
  "account",
  "cloudformation",
  "codebuild",
  "dax",
  "ec2",
  "ecs",
  "eks",
  "glacier",
  "lambda",
  "logs",
  "rds",
  "rds-data",
  "redshift",
  "redshift-data",
  "secretsmanager",
  "ssm",
  "sso",
];

function otherWaysIn(allowed: readonly string[]): Statement & { Sid: string } {
  return {
    Sid: "NoOtherWayIn",
    Effect: "Deny",
    Action: dynamoDbActions.filter((action) => !allowed.includes(action)),
    Resource: "*",
  };
}

/** Reads, writes and copies of items and tables (Service Authorization Reference); the PartiQL ones are never needed. */
const dynamoDbActions = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:ConditionCheckItem",
  "dynamodb:Create*",
  "dynamodb:DeleteItem",
  "dynamodb:DeleteTable",
  "dynamodb:Export*",
  "dynamodb:GetItem",
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:Import*",
  "dynamodb:PartiQL*",
  "dynamodb:PutItem",
  "dynamodb:PutResourcePolicy",
  "dynamodb:Query",
  "dynamodb:Restore*",
  "dynamodb:Scan",
  "dynamodb:StartAwsBackupJob",
  "dynamodb:UpdateItem",
  "dynamodb:UpdateTable",
];

function serviceOf(action: string): string {
  return action.split(":")[0] ?? "";
}
