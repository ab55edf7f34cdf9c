import type { AthenaRight } from "./athena-rights.ts";
import { callContext } from "./call-context.ts";
import type { AuthorizationRequest } from "./policy-document.ts";
import type { PolicyTarget } from "./policy-target.ts";

/**
 * A right as IAM is asked for it at a moment: on an exact ARN, with the conditions of a call that the session or
 * Athena makes. IAM User Guide, "Forward access sessions": the first service stands in `aws:CalledVia`.
 */
export function athenaAuthorization(
  { action, resource, folder, forwarded, listed }: AthenaRight,
  target: PolicyTarget,
  at: Date,
): AuthorizationRequest {
  return {
    action,
    resource: folder ? `${resource}part-00000.gz` : resource,
    context: {
      ...callContext(target, at),
      ...(forwarded && calledVia("athena.amazonaws.com")),
      ...(listed !== undefined && { "s3:prefix": listed }),
    },
  };
}

/** The keys of a call that a service makes in the session's name. */
export function calledVia(service: string): AuthorizationRequest["context"] {
  return {
    "aws:ViaAWSService": "true",
    "aws:CalledVia": [service],
    "aws:CalledViaFirst": service,
    "aws:CalledViaLast": service,
  };
}
