import type { AuthorizationRequest, Statement } from "../policy-document.ts";
import { valuesOf } from "../statement-words.ts";

/**
 * A call that a statement of ours is about: on its resource, with what its conditions ask for, by a session with a grant
 * and a person. A `*` at the end of a resource becomes a name.
 */
export function sampleRequest(statement: Statement, action: string, resource: string): AuthorizationRequest {
  const attributes = valuesOf(statement, "ForAllValues:StringEquals", "dynamodb:Attributes");
  const via = valuesOf(statement, "ForAnyValue:StringEquals", "aws:CalledVia");
  const [listed] = valuesOf(statement, "StringLike", "s3:prefix");
  const equal = statement.Condition?.["StringEquals"] ?? {};
  return {
    action: named(action),
    resource: named(resource),
    context: {
      ...sessionContext,
      "aws:ViaAWSService": String(via.length > 0),
      ...(via.length > 0 && { "aws:CalledVia": [...via] }),
      ...(attributes.length > 0 && {
        "dynamodb:Attributes": [...attributes],
        ...(action !== "dynamodb:Scan" && { "dynamodb:LeadingKeys": ["sample"] }),
      }),
      ...(listed !== undefined && { "s3:prefix": named(listed) }),
      ...Object.fromEntries(Object.entries(equal).map(([key, value]) => [key, oneOf(value)])),
    },
  };
}

/** What every session of ours carries. */
export const sessionContext = {
  "aws:PrincipalTag/grant": "R0000000000000000",
  "aws:PrincipalTag/runbook": "sample",
  "aws:PrincipalTag/version": "1.0.0",
  "aws:SourceIdentity": "T0SAMPLE.U0SAMPLE",
};

function named(pattern: string): string {
  return pattern === "*" ? "*" : pattern.replaceAll("*", "sample");
}

function oneOf(value: string | string[]): string {
  return typeof value === "string" ? value : (value[0] ?? "");
}
