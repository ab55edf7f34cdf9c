import { operandsOf, type Condition, type Operand } from "./expressions.ts";
import { itemKey, leadingKeyOf } from "./key-values.ts";
import { parseCondition } from "./parse-condition.ts";
import { Placeholders } from "./placeholders.ts";
import { readKeyCondition } from "./read-key-condition.ts";
import { readProjection } from "./read-projection.ts";
import { RequestError } from "./request-error.ts";
import type { BatchGetItemRequest, DynamoDbCall, GetItemRequest, QueryRequest } from "./requests.ts";
import type { TableKeys, TableSchema } from "./table-schema.ts";

/** What IAM and DynamoDB see in a request. All lists are sorted and without duplicates. */
export type RequestFacts = {
  table: string;
  index?: string;
  /** IAM's `dynamodb:LeadingKeys`: the partition key values, of the index if one is queried. */
  leadingKeys: string[];
  /**
   * IAM's `dynamodb:Attributes`: the top-level names that the request uses anywhere, and all key attributes
   * of the table and of the index in use. AWS requires the latter (Developer Guide, "Using IAM policy
   * conditions"), and the `ExclusiveStartKey` of a second page names them.
   */
  attributes: string[];
  /** Top-level names that come back in rows; empty for COUNT. */
  projection: string[];
  select: "SPECIFIC_ATTRIBUTES" | "COUNT";
  consistentRead: boolean;
};

/**
 * Reads a request from nothing but itself and the keys of its table. Throws `RequestError` for what DynamoDB
 * would refuse, for what reads more than named attributes of named partitions, and for what isn't understood.
 */
export function readRequest(call: DynamoDbCall, schema: TableSchema): RequestFacts {
  switch (call.action) {
    case "dynamodb:GetItem":
      return readGetItem(call.request, schema);
    case "dynamodb:Query":
      return readQuery(call.request, schema);
    case "dynamodb:BatchGetItem":
      return readBatchGetItem(call.request, schema);
    default:
      return call satisfies never;
  }
}

/** DynamoDB's limit for one BatchGetItem (API Reference). */
const maxBatchKeys = 100;

function readGetItem(request: GetItemRequest, schema: TableSchema): RequestFacts {
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
  return facts({
    table: request.TableName,
    leadingKeys: [leadingKeyOf(request.Key, schema.keys)],
    attributes: [...projection, ...namesOf(schema.keys)],
    projection,
    select: "SPECIFIC_ATTRIBUTES",
    consistentRead: request.ConsistentRead === true,
  });
}

function readBatchGetItem(request: BatchGetItemRequest, schema: TableSchema): RequestFacts {
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
  return facts({
    table,
    leadingKeys,
    attributes: [...projection, ...namesOf(schema.keys)],
    projection,
    select: "SPECIFIC_ATTRIBUTES",
    consistentRead: items.ConsistentRead === true,
  });
}

function readQuery(request: QueryRequest, schema: TableSchema): RequestFacts {
  expectOnly(request, "Query", [
    "TableName",
    "IndexName",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
    "Select",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ScanIndexForward",
    "ConsistentRead",
    "Limit",
  ]);
  if (!Number.isInteger(request.Limit) || request.Limit < 1) {
    throw new RequestError("malformed", "Query: Limit must be a whole number of at least 1.");
  }
  const keys = keysInUse(request, schema);
  const placeholders = new Placeholders(request.ExpressionAttributeNames, request.ExpressionAttributeValues);
  const leadingKey = readKeyCondition(request.KeyConditionExpression, keys, placeholders);
  const filtered = readFilter(request.FilterExpression, keys, placeholders);
  const projection = readSelected(request, placeholders);
  placeholders.expectAllUsed();
  return facts({
    table: request.TableName,
    ...(request.IndexName === undefined ? {} : { index: request.IndexName }),
    leadingKeys: [leadingKey],
    attributes: [...projection, ...filtered, ...namesOf(keys), ...namesOf(schema.keys)],
    projection,
    select: request.Select,
    consistentRead: request.ConsistentRead === true,
  });
}

function keysInUse(request: QueryRequest, schema: TableSchema): TableKeys {
  if (request.IndexName === undefined) return schema.keys;
  const index = Object.hasOwn(schema.indexes, request.IndexName)
    ? schema.indexes[request.IndexName]
    : undefined;
  if (!index) {
    throw new RequestError(
      "unknown-index",
      `Table ${request.TableName} has no index ${request.IndexName} in the catalogue.`,
    );
  }
  if (index.type === "GSI" && request.ConsistentRead === true) {
    throw new RequestError(
      "consistent-read-on-gsi",
      `${request.IndexName} is a global index; DynamoDB has no consistent reads there. Remove ConsistentRead.`,
    );
  }
  return index;
}

/** The top-level names that a filter uses. DynamoDB refuses key attributes there. */
function readFilter(expression: string | undefined, keys: TableKeys, placeholders: Placeholders): string[] {
  if (expression === undefined) return [];
  const names = namesInCondition(parseCondition(expression, "FilterExpression"), placeholders);
  const key = namesOf(keys).find((name) => names.includes(name));
  if (key !== undefined) {
    throw new RequestError(
      "key-in-filter",
      `FilterExpression uses the key attribute ${key}; move it to KeyConditionExpression.`,
    );
  }
  return names;
}

function namesInCondition(condition: Condition, placeholders: Placeholders): string[] {
  return operandsOf(condition).flatMap((operand: Operand) => {
    if (operand.kind !== "value") return [placeholders.path(operand.path)[0]];
    placeholders.value(operand.placeholder);
    return [];
  });
}

function readSelected(request: QueryRequest, placeholders: Placeholders): string[] {
  switch (request.Select) {
    case "SPECIFIC_ATTRIBUTES":
      return readProjection(request.ProjectionExpression, placeholders);
    case "COUNT":
      if (request.ProjectionExpression === undefined) return [];
      throw new RequestError("malformed", "Query: COUNT returns no attributes; remove ProjectionExpression.");
    default:
      throw new RequestError(
        "whole-item",
        `Query: Select must be SPECIFIC_ATTRIBUTES or COUNT, not ${String(request.Select satisfies never)}: whole items are never read.`,
      );
  }
}

/** A field that we don't read could widen the request (AttributesToGet, QueryFilter, …). */
function expectOnly(request: object, where: string, known: readonly string[]): void {
  const unknown = Object.keys(request).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new RequestError("malformed", `${where}: ${unknown.join(", ")} is not supported.`);
}

function namesOf(keys: TableKeys): string[] {
  return keys.sortKey === undefined ? [keys.partitionKey] : [keys.partitionKey, keys.sortKey];
}

function facts(read: RequestFacts): RequestFacts {
  return {
    ...read,
    leadingKeys: sortedSet(read.leadingKeys),
    attributes: sortedSet(read.attributes),
    projection: sortedSet(read.projection),
  };
}

function sortedSet(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
