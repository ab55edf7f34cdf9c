import type { AuthorizationRequest } from "../../iam/policy-document.ts";
import type { ServiceCall } from "./service.ts";

/** Global condition keys of one call (IAM User Guide, "AWS global condition context keys"). */
export function globalContext(call: ServiceCall): AuthorizationRequest["context"] {
  const { caller, now, region } = call;
  const { session } = caller;
  return {
    "aws:CurrentTime": now.toISOString(),
    "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
    "aws:RequestedRegion": region,
    "aws:userid": caller.userId,
    "aws:PrincipalArn": caller.principalArn,
    "aws:PrincipalAccount": caller.account,
    "aws:PrincipalType": session ? "AssumedRole" : "User",
    "aws:ViaAWSService": "false",
    "aws:SourceIp": call.sourceIp,
    "aws:UserAgent": call.userAgent,
    ...Object.fromEntries(
      Object.entries(caller.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
    ...(session && { "aws:TokenIssueTime": session.issuedAt.toISOString() }),
    ...(session?.sourceIdentity !== undefined && { "aws:SourceIdentity": session.sourceIdentity }),
  };
}
