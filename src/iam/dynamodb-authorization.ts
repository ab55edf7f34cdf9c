import type { RequestFacts } from "../dynamodb/read-request.ts";
import { callContext } from "./call-context.ts";
import { dynamoDbArn } from "./dynamodb-arn.ts";
import type { AuthorizationRequest } from "./policy-document.ts";
import type { PolicyTarget } from "./policy-target.ts";

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
      ...callContext(target, at),
      // IAM has no such key for a Scan, whatever it filters by.
      ...(action !== "dynamodb:Scan" && { "dynamodb:LeadingKeys": facts.leadingKeys }),
      "dynamodb:Attributes": facts.attributes,
      ...(facts.select !== undefined && { "dynamodb:Select": facts.select }),
      ...(facts.returnValues !== undefined && { "dynamodb:ReturnValues": facts.returnValues }),
      "dynamodb:ReturnConsumedCapacity": "TOTAL",
    },
  };
}
