import { expectOnly } from "./expect-only.ts";
import { keyNames } from "./key-values.ts";
import { namesInCondition } from "./names-in-condition.ts";
import { parseCondition } from "./parse-condition.ts";
import { Placeholders } from "./placeholders.ts";
import { readProjection } from "./read-projection.ts";
import type { RequestFacts } from "./read-request.ts";
import { RequestError } from "./request-error.ts";
import type { ScanRequest } from "./requests.ts";
import type { TableSchema } from "./table-schema.ts";

/** A Scan of a table or one of its indexes, whatever the keys of its items; see `readRequest`. */
export function readScan(request: ScanRequest, schema: TableSchema): RequestFacts {
  // Segments are not known: parallel scans multiply what one page cap bounds.
  expectOnly(request, "Scan", [
    "TableName",
    "IndexName",
    "FilterExpression",
    "ProjectionExpression",
    "Select",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ConsistentRead",
    "Limit",
  ]);
  if (request.Select !== "SPECIFIC_ATTRIBUTES")
    throw new RequestError(
      "whole-item",
      "Scan: Select must be SPECIFIC_ATTRIBUTES: whole items are never read.",
    );
  if (!Number.isInteger(request.Limit) || request.Limit < 1)
    throw new RequestError("malformed", "Scan: Limit must be a whole number of at least 1.");
  const keys = keysOf(request, schema);
  const placeholders = new Placeholders(request.ExpressionAttributeNames, request.ExpressionAttributeValues);
  const filtered =
    request.FilterExpression === undefined
      ? []
      : namesInCondition(parseCondition(request.FilterExpression, "FilterExpression"), placeholders);
  const projection = readProjection(request.ProjectionExpression, placeholders);
  placeholders.expectAllUsed();
  return {
    table: request.TableName,
    ...(request.IndexName === undefined ? {} : { index: request.IndexName }),
    leadingKeys: [],
    attributes: [...projection, ...filtered, ...keys, ...keyNames(schema.keys)],
    projection,
    select: request.Select,
    consistentRead: request.ConsistentRead === true,
  };
}

function keysOf({ TableName, IndexName, ConsistentRead }: ScanRequest, schema: TableSchema): string[] {
  if (IndexName === undefined) return [];
  const index = Object.hasOwn(schema.indexes, IndexName) ? schema.indexes[IndexName] : undefined;
  if (!index)
    throw new RequestError("unknown-index", `Table ${TableName} has no index ${IndexName} in the catalogue.`);
  if (index.type === "GSI" && ConsistentRead === true)
    throw new RequestError(
      "consistent-read-on-gsi",
      `${IndexName} is a global index; DynamoDB has no consistent reads there. Remove ConsistentRead.`,
    );
  return keyNames(index);
}
