import { expectOnly } from "./expect-only.ts";
import { namesInCondition } from "./names-in-condition.ts";
import { keyNames } from "./key-values.ts";
import { parseCondition } from "./parse-condition.ts";
import { Placeholders } from "./placeholders.ts";
import { readKeyCondition } from "./read-key-condition.ts";
import { readProjection } from "./read-projection.ts";
import type { RequestFacts } from "./read-request.ts";
import { RequestError } from "./request-error.ts";
import type { QueryRequest } from "./requests.ts";
import type { TableKeys, TableSchema } from "./table-schema.ts";

/** A Query of a table or one of its indexes; see `readRequest`. */
export function readQuery(request: QueryRequest, schema: TableSchema): RequestFacts {
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
  return {
    table: request.TableName,
    ...(request.IndexName === undefined ? {} : { index: request.IndexName }),
    leadingKeys: [leadingKey],
    attributes: [...projection, ...filtered, ...keyNames(keys), ...keyNames(schema.keys)],
    projection,
    select: request.Select,
    consistentRead: request.ConsistentRead === true,
  };
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
  const key = keyNames(keys).find((name) => names.includes(name));
  if (key !== undefined) {
    throw new RequestError(
      "key-in-filter",
      `FilterExpression uses the key attribute ${key}; move it to KeyConditionExpression.`,
    );
  }
  return names;
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
