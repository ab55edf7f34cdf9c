import { expectOnly } from "./expect-only.ts";
import { keyNames, leadingKeyOf } from "./key-values.ts";
import { namesInCondition } from "./names-in-condition.ts";
import { parseCondition } from "./parse-condition.ts";
import { parseUpdate } from "./parse-update.ts";
import { Placeholders } from "./placeholders.ts";
import type { RequestFacts } from "./read-request.ts";
import { RequestError } from "./request-error.ts";
import type { AttributeValue, UpdateItemRequest } from "./requests.ts";
import type { TableSchema } from "./table-schema.ts";

/** One write to one item; see `readRequest`. */
export function readUpdateItem(request: UpdateItemRequest, schema: TableSchema): RequestFacts {
  const { changes, conditioned } = readUpdate(request, schema);
  return {
    table: request.TableName,
    leadingKeys: [leadingKeyOf(request.Key, schema.keys)],
    attributes: [...changes.map(({ attribute }) => attribute), ...conditioned, ...keyNames(schema.keys)],
    projection: [],
    returnValues: request.ReturnValues,
    consistentRead: false,
  };
}

/** What an update leaves in one attribute; without `value` it is removed. */
export type AttributeChange = { attribute: string; value?: AttributeValue };

/** What a write does, and which attributes its condition looks at. Throws `RequestError` for what may not run. */
export function readUpdate(
  request: UpdateItemRequest,
  schema: TableSchema,
): { changes: AttributeChange[]; conditioned: string[] } {
  expectOnly(request, "UpdateItem", [
    "TableName",
    "Key",
    "UpdateExpression",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValues",
  ]);
  if (request.ReturnValues !== "UPDATED_NEW")
    throw new RequestError(
      "return-values",
      "UpdateItem: ReturnValues must be UPDATED_NEW: whole items are never returned.",
    );
  if (typeof request.ConditionExpression !== "string" || request.ConditionExpression.trim() === "")
    throw new RequestError(
      "missing-condition",
      "UpdateItem: ConditionExpression is missing: a write without one can create an item and can be repeated.",
    );
  const placeholders = new Placeholders(request.ExpressionAttributeNames, request.ExpressionAttributeValues);
  const changes = parseUpdate(request.UpdateExpression).map((change): AttributeChange => {
    const [attribute] = placeholders.path(change.path);
    return change.kind === "remove"
      ? { attribute }
      : { attribute, value: placeholders.value(change.placeholder) };
  });
  const conditioned = namesInCondition(
    parseCondition(request.ConditionExpression, "ConditionExpression"),
    placeholders,
  );
  placeholders.expectAllUsed();
  expectChangeable(changes, keyNames(schema.keys));
  return { changes, conditioned: [...new Set(conditioned)] };
}

function expectChangeable(changes: readonly AttributeChange[], keys: readonly string[]): void {
  const names = changes.map(({ attribute }) => attribute);
  const key = names.find((name) => keys.includes(name));
  if (key !== undefined)
    throw new RequestError(
      "update-expression",
      `UpdateExpression: ${key} is a key attribute and can't be changed.`,
    );
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new RequestError("overlapping-paths", `UpdateExpression: ${twice} is changed twice; keep one.`);
}
