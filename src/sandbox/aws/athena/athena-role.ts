import { brokerTrust } from "../default-identities.ts";
import type { RoleDeclaration } from "../identities.ts";
import { sessionBackstop } from "../session-backstop.ts";
import { s3Location } from "./s3-location.ts";
import type { WorkGroup } from "./workgroups.ts";

/**
 * The role that runs Athena queries. Its own policy is wide (all workgroups of the bot, the whole catalogue, all
 * data, writing where a workgroup keeps its results): what a run may do is cut by the session policy. Even without
 * one, S3 and Glue open only to calls that come through Athena.
 */
export function athenaRole(
  place: { account: string; region: string; externalId: string },
  workGroups: readonly WorkGroup[],
): RoleDeclaration {
  const { account, region, externalId } = place;
  const folders = workGroups.flatMap(resultsFolder);
  return {
    name: "jit-data-athena-read",
    trust: brokerTrust(account, externalId),
    policies: [
      {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "Queries",
            Effect: "Allow",
            Action: ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
            Resource: `arn:aws:athena:${region}:${account}:workgroup/jit-*`,
          },
          {
            Sid: "CatalogueAndData",
            Effect: "Allow",
            Action: [
              "glue:GetDatabase",
              "glue:GetTable",
              "s3:GetObject",
              "s3:ListBucket",
              "s3:GetBucketLocation",
            ],
            Resource: "*",
          },
          ...folders.map((Resource) => ({
            Effect: "Allow" as const,
            Action: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            Resource,
          })),
          {
            Sid: "OnlyThroughAthena",
            Effect: "Deny",
            Action: ["glue:*", "s3:*"],
            Resource: "*",
            Condition: { Bool: { "aws:ViaAWSService": "false" } },
          },
          ...sessionBackstop,
        ],
      },
    ],
  };
}

function resultsFolder({ managedResults, outputLocation }: WorkGroup): string[] {
  if (managedResults || outputLocation === undefined) return [];
  const { bucket, key } = s3Location(outputLocation);
  const folder = key === "" ? "" : key.replace(/\/?$/u, "/");
  return [`arn:aws:s3:::${bucket}/${folder}*`];
}
