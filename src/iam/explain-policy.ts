import { checkPolicyShape } from "./check-policy-shape.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";

/**
 * Each statement as a sentence for the person who approves: "May Query index gsi-status of orders in
 * eu-west-1, partition PAID only, reading only attributes a, b, c, until 02:31:10Z." Nothing is left out or
 * shortened; a statement that isn't of our template is shown as it is. Values are not escaped for Slack.
 */
export function explainPolicy(policy: PolicyDocument): string[] {
  return policy.Statement.map((statement) =>
    isOurs(policy, statement) ? explain(statement) : `Not made by a template: ${JSON.stringify(statement)}`,
  );
}

/** Also before it is leased, when it has no expiry yet. */
function isOurs(policy: PolicyDocument, statement: Statement): boolean {
  const Condition = { DateLessThan: { "aws:CurrentTime": "2000-01-01T00:00:00Z" }, ...statement.Condition };
  return checkPolicyShape({ ...policy, Statement: [{ ...statement, Condition }] }).length === 0;
}

function explain(statement: Statement): string {
  const operation = text(statement.Action).replace("dynamodb:", "");
  const [, region, , path = ""] =
    /^arn:[^:]+:dynamodb:([^:]+):(\d+):(.+)$/u.exec(text(statement.Resource)) ?? [];
  const [, table = "", , index] = path.split("/");
  const keys = values(statement, "ForAllValues:StringEquals", "dynamodb:LeadingKeys").map(quoted);
  const attributes = values(statement, "ForAllValues:StringEquals", "dynamodb:Attributes").map(quoted);
  const [select] = values(statement, "StringEquals", "dynamodb:Select");
  const [expiry] = values(statement, "DateLessThan", "aws:CurrentTime");
  return [
    `May ${operation} ${index === undefined ? `table ${table}` : `index ${index} of ${table}`} in ${region}`,
    `${keys.length === 1 ? "partition" : "partitions"} ${series(keys)} only`,
    select === "COUNT"
      ? `counting only, by attributes ${series(attributes)}`
      : `reading only attributes ${attributes.join(", ")}`,
    ...(expiry === undefined ? [] : [`until ${expiry.slice(11)}`]),
  ]
    .join(", ")
    .concat(".");
}

function values(statement: Statement, operator: string, key: string): readonly string[] {
  const found = statement.Condition?.[operator]?.[key] ?? [];
  return typeof found === "string" ? [found] : found;
}

function text(value: string | readonly string[]): string {
  return typeof value === "string" ? value : value.join(", ");
}

/** `A`, `A and B`, `A, B and C`. */
function series(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Values that could be taken for a part of the sentence stand in quotes. */
function quoted(value: string): string {
  return /^[\w#:./@+-]+$/u.test(value) ? value : JSON.stringify(value);
}
