import { authorize } from "./authorize.ts";
import { AwsError } from "./aws-error.ts";
import type { DynamoDbEngine } from "./dynalite-engine.ts";
import { accessesOf, type Access } from "./dynamodb-accesses.ts";
import { globalContext } from "./global-context.ts";
import type { Service, ServiceCall } from "./service.ts";
import type { Refusal } from "./sigv4.ts";

/**
 * Amazon DynamoDB, JSON 1.0: every call is put to IAM, then to the embedded engine. Tables live in `region`;
 * in any other Region the same account has none.
 */
export function dynamoDbService(engine: DynamoDbEngine, place: { account: string; region: string }): Service {
  return {
    name: "dynamodb",
    read: ({ headers, body }) => {
      const [api, operation] = (headers["x-amz-target"] ?? "").split(".");
      if (api !== "DynamoDB_20120810" || !operation) throw new AwsError("UnknownOperationException", "");
      return { operation, parameters: parse(body) };
    },
    refusal: (refusal, message) => new AwsError(refusalCodes[refusal], message),
    perform: async (call) => {
      const { operation, parameters } = call;
      const request = engine.supports(operation) ? engine.check(operation, parameters) : parameters;
      for (const access of await accessesOf(operation, request, engine)) {
        authorize(
          call,
          {
            action: `dynamodb:${access.action}`,
            resource: resourceArn(access, call.region, place.account),
            context: { ...globalContext(call), ...access.context },
          },
          "AccessDeniedException",
        );
      }
      if (call.region !== place.region) return elsewhere(call, place.region);
      if (!engine.supports(operation)) {
        throw new AwsError("UnknownOperationException", `The sandbox's DynamoDB doesn't run ${operation}.`);
      }
      return engine.run(operation, request);
    },
    succeed: (_operation, result) => json(200, result),
    fail: (error) => json(error.status, error.body ?? errorBody(error)),
  };
}

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

/** An index is a resource of its own: a policy on it doesn't open the table, nor the other way round. */
function resourceArn({ table, index }: Access, region: string, account: string): string {
  if (table === undefined) return "*";
  const arn = `arn:aws:dynamodb:${region}:${account}:table/${table}`;
  return index === undefined ? arn : `${arn}/index/${index}`;
}

function elsewhere({ operation }: ServiceCall, home: string): unknown {
  if (operation === "ListTables") return { TableNames: [] };
  if (operation === "CreateTable") {
    throw new AwsError("LimitExceededException", `The sandbox holds tables in ${home} only.`);
  }
  throw new AwsError("ResourceNotFoundException", "Requested resource not found");
}

function json(status: number, body: unknown) {
  return { status, contentType: "application/x-amz-json-1.0", body: JSON.stringify(body) };
}

function errorBody({ code, message }: AwsError): Record<string, string> {
  const ownErrors = /^(ResourceNotFound|ResourceInUse|LimitExceeded|ProvisionedThroughput|ConditionalCheck)/u;
  const namespace = ownErrors.test(code) ? "com.amazonaws.dynamodb.v20120810" : "com.amazon.coral.service";
  // DynamoDB spells the field with a capital where IAM words the message.
  return {
    __type: `${namespace}#${code}`,
    [code === "AccessDeniedException" ? "Message" : "message"]: message,
  };
}
