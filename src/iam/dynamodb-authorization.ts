import type { RequestFacts } from "../dynamodb/read-request.ts";
import { dynamoDbArn, type PolicyTarget } from "./dynamodb-arn.ts";
import type { AuthorizationRequest } from "./policy-document.ts";

/**
 * A DynamoDB request as IAM sees it at a moment. Made from the facts of the request alone, never from a
 * policy, so that a policy can be judged by it.
 */
export function dynamoDbAuthorization(
  action: string,
  facts: RequestFacts,
  target: PolicyTarget,
  at: Date,
): AuthorizationRequest {
  return {
    action,
    resource: dynamoDbArn(target, facts.table, facts.index),
    context: {
      "aws:CurrentTime": at.toISOString(),
      "aws:EpochTime": String(Math.floor(at.getTime() / 1000)),
      "aws:RequestedRegion": target.region,
      "aws:SecureTransport": "true",
      "aws:ViaAWSService": "false",
      "dynamodb:LeadingKeys": facts.leadingKeys,
      "dynamodb:Attributes": facts.attributes,
      "dynamodb:Select": facts.select,
      "dynamodb:ReturnConsumedCapacity": "TOTAL",
    },
  };
}
