import type { Statement } from "./policy-document.ts";
import {
  expiry,
  matching,
  oneOf,
  problemsOf,
  region,
  type ConditionTemplate,
  type Rule,
} from "./statement-form.ts";

/**
 * One action, one exact ARN, partitions and attributes each with their Null guard, region, expiry; of a read what it
 * selects, of a write what it returns. A Scan has no partitions.
 */
export function problemsOfDynamoDbStatement(statement: Statement): string[] {
  return problemsOf(statement, rules, templateOf(statement));
}

const listOfText = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((v) => typeof v === "string" && v !== "" && !v.includes("${"));

const keyed: ConditionTemplate = {
  "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": listOfText, "dynamodb:Attributes": listOfText },
  Null: { "dynamodb:LeadingKeys": oneOf("false"), "dynamodb:Attributes": oneOf("false") },
  ...expiry,
};

const read: ConditionTemplate = {
  ...keyed,
  StringEquals: { "dynamodb:Select": oneOf("SPECIFIC_ATTRIBUTES", "COUNT"), "aws:RequestedRegion": region },
};

const write: ConditionTemplate = {
  ...keyed,
  StringEquals: { "dynamodb:ReturnValues": oneOf("UPDATED_NEW"), "aws:RequestedRegion": region },
};

const scan: ConditionTemplate = {
  "ForAllValues:StringEquals": { "dynamodb:Attributes": listOfText },
  StringEquals: { "dynamodb:Select": oneOf("SPECIFIC_ATTRIBUTES"), "aws:RequestedRegion": region },
  Null: { "dynamodb:Attributes": oneOf("false") },
  ...expiry,
};

function templateOf({ Action }: Statement): ConditionTemplate {
  if (Action === "dynamodb:UpdateItem") return write;
  return Action === "dynamodb:Scan" ? scan : read;
}

const rules: readonly Rule[] = [
  {
    says: "its action must be one of the planned kinds",
    holds: (s) =>
      oneOf(
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:BatchGetItem",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
      )(s.Action),
  },
  {
    says: "its resource must be one exact table or index",
    holds: (s) =>
      matching(/^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+(?:\/index\/[\w.-]+)?$/u)(
        s.Resource,
      ),
  },
];
