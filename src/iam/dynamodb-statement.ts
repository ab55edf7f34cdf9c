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

/** One action, one exact ARN, partitions and attributes each with their Null guard, Select, region, expiry. */
export function problemsOfDynamoDbStatement(statement: Statement): string[] {
  return problemsOf(statement, rules, template);
}

const listOfText = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((v) => typeof v === "string" && v !== "" && !v.includes("${"));

const template: ConditionTemplate = {
  "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": listOfText, "dynamodb:Attributes": listOfText },
  StringEquals: { "dynamodb:Select": oneOf("SPECIFIC_ATTRIBUTES", "COUNT"), "aws:RequestedRegion": region },
  Null: { "dynamodb:LeadingKeys": oneOf("false"), "dynamodb:Attributes": oneOf("false") },
  ...expiry,
};

const rules: readonly Rule[] = [
  {
    says: "its action must be one of the planned kinds",
    holds: (s) => oneOf("dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem")(s.Action),
  },
  {
    says: "its resource must be one exact table or index",
    holds: (s) =>
      matching(/^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+(?:\/index\/[\w.-]+)?$/u)(
        s.Resource,
      ),
  },
];
