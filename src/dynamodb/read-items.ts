import { expectOnly } from "./expect-only.ts";
import { itemKey, keyNames, leadingKeyOf } from "./key-values.ts";
import { Placeholders } from "./placeholders.ts";
import { readProjection } from "./read-projection.ts";
import type { RequestFacts } from "./read-request.ts";
import { RequestError } from "./request-error.ts";
import type { BatchGetItemRequest, GetItemRequest } from "./requests.ts";
import type { TableSchema } from "./table-schema.ts";

/** One item by its key; see `readRequest`. */
export function readGetItem(request: GetItemRequest, schema: TableSchema): RequestFacts {
  expectOnly(request, "GetItem", [
    "TableName",
    "Key",
    "ProjectionExpression",
    "ExpressionAttributeNames",
    "ConsistentRead",
  ]);
  const placeholders = new Placeholders(request.ExpressionAttributeNames, undefined);
  const projection = readProjection(request.ProjectionExpression, placeholders);
  placeholders.expectAllUsed();
  return {
    table: request.TableName,
    leadingKeys: [leadingKeyOf(request.Key, schema.keys)],
    attributes: [...projection, ...keyNames(schema.keys)],
    projection,
    select: "SPECIFIC_ATTRIBUTES",
    consistentRead: request.ConsistentRead === true,
  };
}

/** Items of one table by their keys; see `readRequest`. */
export function readBatchGetItem(request: BatchGetItemRequest, schema: TableSchema): RequestFacts {
  expectOnly(request, "BatchGetItem", ["RequestItems"]);
  const [entry, ...others] = Object.entries(request.RequestItems);
  if (!entry) throw new RequestError("no-keys", "BatchGetItem names no table.");
  if (others.length > 0) throw new RequestError("several-tables", "BatchGetItem may name one table only.");
  const [table, items] = entry;
  expectOnly(items, `BatchGetItem of ${table}`, [
    "Keys",
    "ProjectionExpression",
    "ExpressionAttributeNames",
    "ConsistentRead",
  ]);
  if (items.Keys.length === 0)
    throw new RequestError("no-keys", `BatchGetItem of ${table} asks for no item.`);
  if (items.Keys.length > maxBatchKeys) {
    throw new RequestError(
      "too-many-keys",
      `BatchGetItem of ${table} asks for ${items.Keys.length} items; DynamoDB takes at most ${maxBatchKeys}.`,
    );
  }
  const placeholders = new Placeholders(items.ExpressionAttributeNames, undefined);
  const projection = readProjection(items.ProjectionExpression, placeholders);
  placeholders.expectAllUsed();
  const leadingKeys = items.Keys.map((key) => leadingKeyOf(key, schema.keys));
  if (new Set(items.Keys.map((key) => itemKey(key, schema.keys))).size < items.Keys.length) {
    throw new RequestError("duplicate-keys", `BatchGetItem of ${table} asks for the same item twice.`);
  }
  return {
    table,
    leadingKeys,
    attributes: [...projection, ...keyNames(schema.keys)],
    projection,
    select: "SPECIFIC_ATTRIBUTES",
    consistentRead: items.ConsistentRead === true,
  };
}

/** DynamoDB's limit for one BatchGetItem (API Reference). */
const maxBatchKeys = 100;
