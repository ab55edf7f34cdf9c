import { authorize } from "../authorize.ts";
import { AwsError } from "../aws-error.ts";
import { globalContext } from "../global-context.ts";
import type { Service, ServiceCall } from "../service.ts";
import type { Refusal } from "../sigv4.ts";
import { newAccess } from "./new-access.ts";
import { policyFindings } from "./policy-findings.ts";

/** REST paths of the two operations there are here (IAM Access Analyzer API Reference). */
const operations: Readonly<Record<string, string>> = {
  "/policy/validation": "ValidatePolicy",
  "/policy/check-no-new-access": "CheckNoNewAccess",
};

/**
 * Two checks of IAM Access Analyzer over its own protocol, REST with JSON. What they find is found by our own reading of
 * a policy, not by Amazon's: `ValidatePolicy` knows the grammar, not its hundred checks, and `CheckNoNewAccess` compares
 * statements, where AWS reasons. It says FAIL wherever it can't show that nothing is new.
 */
export function accessAnalyzerService(): Service {
  return {
    name: "access-analyzer",
    read: ({ target, body }) => ({
      operation: operations[target.split("?")[0] ?? ""] ?? "",
      parameters: parse(body),
    }),
    refusal: (refusal, message) => new AwsError(refusalCodes[refusal], message, { status: 403 }),
    perform: async (call) => perform(call),
    succeed: (_operation, result) => json(200, result),
    fail: ({ status, code, message }) => json(status, { __type: code, message }),
  };
}

function perform(call: ServiceCall): unknown {
  const { operation, parameters } = call;
  if (operation === "") throw new AwsError("UnknownOperationException", "", { status: 404 });
  authorize(
    call,
    { action: `access-analyzer:${operation}`, resource: "*", context: globalContext(call) },
    "AccessDeniedException",
    403,
  );
  if (operation === "ValidatePolicy")
    return {
      findings: policyFindings(textOf(parameters, "policyDocument"), textOf(parameters, "policyType")),
    };
  const reasons = newAccess(
    textOf(parameters, "newPolicyDocument"),
    textOf(parameters, "existingPolicyDocument"),
  );
  return reasons.length === 0
    ? { result: "PASS", message: "Nothing in the new policy was found to allow more." }
    : { result: "FAIL", message: "The new policy allows more.", reasons };
}

const refusalCodes: Record<Refusal, string> = {
  missing: "MissingAuthenticationTokenException",
  incomplete: "IncompleteSignatureException",
  "unknown-key": "UnrecognizedClientException",
  mismatch: "InvalidSignatureException",
  expired: "ExpiredTokenException",
};

function textOf(parameters: Record<string, unknown>, name: string): string {
  const value = parameters[name];
  if (typeof value === "string" && value !== "") return value;
  throw new AwsError("ValidationException", `${name} must be given.`);
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const parameters: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parameters === "object" && parameters !== null && !Array.isArray(parameters))
      return parameters as Record<string, unknown>;
  } catch {
    // as for every other body that is no JSON object
  }
  throw new AwsError("ValidationException", "The body is no JSON object.");
}

function json(status: number, body: unknown) {
  return { status, contentType: "application/json", body: JSON.stringify(body) };
}
