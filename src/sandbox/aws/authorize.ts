import { evaluate } from "../../iam/evaluate.ts";
import type { AuthorizationRequest, Decision } from "../../iam/policy-document.ts";
import { AwsError } from "./aws-error.ts";
import type { Caller } from "./identities.ts";
import type { ServiceCall } from "./service.ts";

/**
 * Asks IAM for one action: the caller's identity policies, and its session policies where its session has
 * some. Notes the outcome and throws AWS's own sentence when it is no.
 */
export function authorize(
  call: ServiceCall,
  request: AuthorizationRequest,
  deniedCode: string,
  status = 400,
) {
  const { caller } = call;
  const decision = evaluate(
    {
      identity: caller.identityPolicies(),
      ...(caller.session?.policies && { session: caller.session.policies }),
    },
    request,
  );
  call.note({ ...request, decision });
  if (!decision.allowed) {
    throw new AwsError(deniedCode, deniedMessage(caller, request, decision), { status });
  }
}

/** IAM User Guide, "Troubleshoot access denied error messages". */
export function deniedMessage(
  caller: Caller,
  { action, resource }: Pick<AuthorizationRequest, "action" | "resource">,
  decision?: Extract<Decision, { allowed: false }>,
): string {
  const start = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  if (!decision) return start;
  const policy = decision.layer === "session" ? "session policy" : "identity-based policy";
  return decision.denial === "explicit"
    ? `${start} with an explicit deny in ${decision.layer === "session" ? "a" : "an"} ${policy}`
    : `${start} because no ${policy} allows the ${action} action`;
}
