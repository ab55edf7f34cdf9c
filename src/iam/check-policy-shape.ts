import type { PolicyDocument, Statement } from "./policy-document.ts";

/**
 * What keeps a leased session policy from being one of ours, as sentences; empty if nothing. It knows the one
 * template and refuses everything else, so that no statement has to be understood to be safe: Allow only,
 * one action, one exact ARN, partitions and attributes each with their Null guard, Select, region, expiry.
 */
export function checkPolicyShape(policy: PolicyDocument): string[] {
  if (policy.Version !== "2012-10-17" || !Array.isArray(policy.Statement) || policy.Statement.length === 0) {
    return ["The session policy has no statement of version 2012-10-17."];
  }
  return policy.Statement.flatMap((statement, index) =>
    problemsOf(statement).map((problem) => `Statement ${index + 1}: ${problem}.`),
  );
}

type Rule = { says: string; holds: (statement: Statement) => boolean };

const listOfText = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((v) => typeof v === "string" && v !== "" && !v.includes("${"));
const oneOf =
  (...texts: string[]) =>
  (value: unknown) =>
    typeof value === "string" && texts.includes(value);
const matching = (form: RegExp) => (value: unknown) => typeof value === "string" && form.test(value);

/** Operator → key → what its value must be. Nothing may be missing and nothing may be added. */
const template: Record<string, Record<string, (value: unknown) => boolean>> = {
  "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": listOfText, "dynamodb:Attributes": listOfText },
  StringEquals: {
    "dynamodb:Select": oneOf("SPECIFIC_ATTRIBUTES", "COUNT"),
    "aws:RequestedRegion": matching(/^[a-z0-9-]+$/u),
  },
  Null: { "dynamodb:LeadingKeys": oneOf("false"), "dynamodb:Attributes": oneOf("false") },
  DateLessThan: { "aws:CurrentTime": matching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/u) },
};

const rules: readonly Rule[] = [
  { says: "it must allow, not deny", holds: (s) => s.Effect === "Allow" },
  {
    says: "it has an element besides Effect, Action, Resource and Condition",
    holds: (s) => Object.keys(s).length === 4,
  },
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

function problemsOf(statement: Statement): string[] {
  return [
    ...rules.filter((rule) => !rule.holds(statement)).map((rule) => rule.says),
    ...problemsOfCondition(statement.Condition ?? {}),
  ];
}

function problemsOfCondition(condition: Record<string, Record<string, unknown>>): string[] {
  const extra = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.keys(keys)
      .filter((key) => !template[operator]?.[key])
      .map((key) => `${operator} ${key} does not belong there`),
  );
  const wrong = Object.entries(template).flatMap(([operator, keys]) =>
    Object.entries(keys)
      .filter(([key, fits]) => !fits(condition[operator]?.[key]))
      .map(([key]) => `${operator} ${key} is missing or not as it must be`),
  );
  const empty = Object.keys(condition).filter((operator) => !Object.hasOwn(template, operator));
  return [...extra, ...wrong, ...empty.map((operator) => `${operator} does not belong there`)];
}
