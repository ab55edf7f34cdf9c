import { readBatchGetItem, readGetItem } from "./read-items.ts";
import { readQuery } from "./read-query.ts";
import { readScan } from "./read-scan.ts";
import { readUpdateItem } from "./read-update.ts";
import type { DynamoDbCall } from "./requests.ts";
import type { TableSchema } from "./table-schema.ts";

/** What IAM and DynamoDB see in a request. All lists are sorted and without duplicates. */
export type RequestFacts = {
  table: string;
  index?: string;
  /** IAM's `dynamodb:LeadingKeys`: the partition key values, of the index if one is queried; none of a Scan. */
  leadingKeys: string[];
  /**
   * IAM's `dynamodb:Attributes`: the top-level names that the request uses anywhere, and all key attributes
   * of the table and of the index in use. AWS requires the latter (Developer Guide, "Using IAM policy
   * conditions"), and the `ExclusiveStartKey` of a second page names them.
   */
  attributes: string[];
  /** Top-level names that come back in rows; empty for COUNT. */
  projection: string[];
  /** IAM's `dynamodb:Select`; a write has none. */
  select?: "SPECIFIC_ATTRIBUTES" | "COUNT";
  /** IAM's `dynamodb:ReturnValues`; a read has none. */
  returnValues?: "UPDATED_NEW";
  consistentRead: boolean;
};

/**
 * Reads a request from nothing but itself and the keys of its table. Throws `RequestError` for what DynamoDB
 * would refuse, for what reads more than named attributes of named partitions, and for what isn't understood.
 */
export function readRequest(call: DynamoDbCall, schema: TableSchema): RequestFacts {
  const facts = read(call, schema);
  return {
    ...facts,
    leadingKeys: sortedSet(facts.leadingKeys),
    attributes: sortedSet(facts.attributes),
    projection: sortedSet(facts.projection),
  };
}

function read(call: DynamoDbCall, schema: TableSchema): RequestFacts {
  switch (call.action) {
    case "dynamodb:GetItem":
      return readGetItem(call.request, schema);
    case "dynamodb:Query":
      return readQuery(call.request, schema);
    case "dynamodb:BatchGetItem":
      return readBatchGetItem(call.request, schema);
    case "dynamodb:Scan":
      return readScan(call.request, schema);
    case "dynamodb:UpdateItem":
      return readUpdateItem(call.request, schema);
    default:
      return call satisfies never;
  }
}

function sortedSet(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
