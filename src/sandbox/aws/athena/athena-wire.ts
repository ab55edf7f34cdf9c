import { AwsError } from "../aws-error.ts";
import type { Service } from "../service.ts";
import type { Refusal } from "../sigv4.ts";

/** Athena's protocol: JSON 1.1 with `X-Amz-Target: AmazonAthena.<operation>`. */
export const athenaWire: Omit<Service, "perform"> = {
  name: "athena",
  read: ({ headers, body }) => {
    const [api, operation] = (headers["x-amz-target"] ?? "").split(".");
    if (api !== "AmazonAthena" || !operation) throw new AwsError("UnknownOperationException", "");
    return { operation, parameters: parse(body) };
  },
  refusal: (refusal, message) => new AwsError(refusalCodes[refusal], message),
  succeed: (_operation, result) => json(200, result),
  fail: (error) => json(error.status, error.body ?? { __type: error.code, Message: error.message }),
};

const refusalCodes: Record<Refusal, string> = {
  missing: "MissingAuthenticationTokenException",
  incomplete: "IncompleteSignatureException",
  "unknown-key": "UnrecognizedClientException",
  mismatch: "InvalidSignatureException",
  expired: "ExpiredTokenException",
};

function parse(body: Buffer): Record<string, unknown> {
  try {
    const parameters: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parameters === "object" && parameters !== null && !Array.isArray(parameters)) {
      return parameters as Record<string, unknown>;
    }
  } catch {
    // falls through to the one answer there is for a body that isn't a JSON object
  }
  throw new AwsError("SerializationException", "");
}

function json(status: number, body: unknown) {
  return { status, contentType: "application/x-amz-json-1.1", body: JSON.stringify(body) };
}
