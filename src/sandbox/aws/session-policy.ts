import type { PolicyDocument } from "../../iam/policy-document.ts";
import { AwsError } from "./aws-error.ts";

/**
 * Reads a session policy as IAM's grammar has it; anything else is a `MalformedPolicyDocument`.
 * `NotAction`, `NotResource` and principals are refused: the first two because the evaluator doesn't know
 * them, the last because a session policy can't have one.
 */
export function readSessionPolicy(text: string): PolicyDocument {
  const document = parse(text);
  if (!isRecord(document)) throw malformed("Syntax errors in policy.");
  refuseUnknown(document, ["Version", "Id", "Statement"]);
  if (document["Version"] !== "2012-10-17") {
    throw malformed("The policy must contain a valid version string (the sandbox knows 2012-10-17).");
  }
  const statements = Array.isArray(document["Statement"]) ? document["Statement"] : [document["Statement"]];
  if (statements.length === 0) throw malformed("Syntax errors in policy.");
  return {
    Version: "2012-10-17",
    Statement: statements.map((statement: unknown) => readStatement(statement)),
  };
}

function readStatement(statement: unknown): PolicyDocument["Statement"][number] {
  if (!isRecord(statement)) throw malformed("Syntax errors in policy.");
  if ("Principal" in statement || "NotPrincipal" in statement) {
    throw malformed("Policy document should not specify a principal.");
  }
  refuseUnknown(statement, ["Sid", "Effect", "Action", "Resource", "Condition"]);
  const { Sid, Effect, Condition } = statement;
  if (Sid !== undefined && !(typeof Sid === "string" && /^[a-zA-Z0-9]*$/.test(Sid))) {
    throw malformed("Statement IDs (SID) in a single policy must be alphanumeric.");
  }
  if (Effect !== "Allow" && Effect !== "Deny") throw malformed("Syntax errors in policy.");
  const Action = readList(statement["Action"], "actions");
  if (!Action.every((action) => action === "*" || /^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action))) {
    throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  const Resource = readList(statement["Resource"], "resources");
  const bad = Resource.find((arn) => arn !== "*" && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+$/u.test(arn));
  if (bad !== undefined) throw malformed(`Resource ${bad} must be in ARN format or "*".`);
  return {
    ...(Sid !== undefined && { Sid }),
    Effect,
    Action,
    Resource,
    ...(Condition !== undefined && { Condition: readConditions(Condition) }),
  };
}

const orders = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
const comparisons = [
  ...["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"].map(
    (comparison) => `String${comparison}`,
  ),
  ...["Equals", "NotEquals", "Like", "NotLike"].map((comparison) => `Arn${comparison}`),
  ...orders.flatMap((order) => [`Numeric${order}`, `Date${order}`]),
  "Bool",
  "BinaryEquals",
  "IpAddress",
  "NotIpAddress",
];
const operators = new RegExp(
  `^(?:(?:ForAllValues:|ForAnyValue:)?(?:${comparisons.join("|")})(?:IfExists)?|Null)$`,
);

function readConditions(conditions: unknown) {
  if (!isRecord(conditions)) throw malformed("Syntax errors in policy.");
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => {
      if (!operators.test(operator)) throw malformed(`Invalid Condition type : ${operator}.`);
      if (!isRecord(keys)) throw malformed("Syntax errors in policy.");
      return [
        operator,
        Object.fromEntries(
          Object.entries(keys).map(([key, values]) => {
            if (!key.includes(":")) throw malformed(`Condition keys must begin with a vendor: ${key}.`);
            return [key, (Array.isArray(values) ? values : [values]).map(readValue)];
          }),
        ),
      ];
    }),
  );
}

/** IAM takes numbers and booleans where it compares text. */
function readValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw malformed("Syntax errors in policy.");
}

function readList(value: unknown, what: string): string[] {
  if (value === undefined) throw malformed(`Policy statement must contain ${what}.`);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw malformed(`Policy statement must contain ${what}.`);
  if (!list.every((entry) => typeof entry === "string")) throw malformed("Syntax errors in policy.");
  return list;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("The policy is not in the valid JSON format.");
  }
}

function refuseUnknown(record: Record<string, unknown>, known: readonly string[]) {
  const unknown = Object.keys(record).find((key) => !known.includes(key));
  if (unknown !== undefined) throw malformed(`Syntax errors in policy: ${unknown}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(message: string): AwsError {
  return new AwsError("MalformedPolicyDocument", message);
}
