import type { Statement } from "./policy-document.ts";
import { listed, series, untilExpiry, valuesOf } from "./statement-words.ts";

/** A statement of the DynamoDB template as a sentence. */
export function explainDynamoDbStatement(statement: Statement): string {
  const operation = listed(statement.Action).join(", ").replace("dynamodb:", "");
  const [, region, , path = ""] =
    /^arn:[^:]+:dynamodb:([^:]+):(\d+):(.+)$/u.exec(listed(statement.Resource).join(", ")) ?? [];
  const [, table = "", , index] = path.split("/");
  const keys = valuesOf(statement, "ForAllValues:StringEquals", "dynamodb:LeadingKeys").map(quoted);
  const attributes = valuesOf(statement, "ForAllValues:StringEquals", "dynamodb:Attributes").map(quoted);
  const [select] = valuesOf(statement, "StringEquals", "dynamodb:Select");
  return [
    `May ${operation} ${index === undefined ? `table ${table}` : `index ${index} of ${table}`} in ${region}`,
    keys.length === 0
      ? "any partition"
      : `${keys.length === 1 ? "partition" : "partitions"} ${series(keys)} only`,
    reach(operation, select, attributes),
    ...untilExpiry(statement),
  ]
    .join(", ")
    .concat(".");
}

function reach(operation: string, select: string | undefined, attributes: readonly string[]): string {
  if (operation === "UpdateItem")
    return `naming only attributes ${attributes.join(", ")}, returning only what it wrote`;
  return select === "COUNT"
    ? `counting only, by attributes ${series(attributes)}`
    : `reading only attributes ${attributes.join(", ")}`;
}

/** Values that could be taken for a part of the sentence stand in quotes. */
function quoted(value: string): string {
  return /^[\w#:./@+-]+$/u.test(value) ? value : JSON.stringify(value);
}
