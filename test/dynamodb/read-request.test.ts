import { describe, expect, test } from "vitest";
import { readRequest } from "../../src/dynamodb/read-request.ts";
import { RequestError, type RequestErrorCode } from "../../src/dynamodb/request-error.ts";
import type {
  BatchGetItemRequest,
  DynamoDbCall,
  GetItemRequest,
  QueryRequest,
} from "../../src/dynamodb/requests.ts";
import type { TableSchema } from "../../src/dynamodb/table-schema.ts";

const orders: TableSchema = {
  keys: { partitionKey: "order_id" },
  indexes: { "gsi-status": { partitionKey: "status", sortKey: "updated_at", type: "GSI" } },
};
const events: TableSchema = {
  keys: { partitionKey: "order_id", sortKey: "event_at" },
  indexes: { "lsi-type": { partitionKey: "order_id", sortKey: "event_type", type: "LSI" } },
};

const byStatus: QueryRequest = {
  TableName: "orders",
  IndexName: "gsi-status",
  KeyConditionExpression: "#status = :status AND updated_at BETWEEN :from AND :to",
  FilterExpression: "attempt >= :attempt AND (attribute_exists(lease.holder) OR NOT contains(#tags, :tag))",
  ProjectionExpression: "order_id, #status, updated_at, history[0].moment",
  Select: "SPECIFIC_ATTRIBUTES",
  ExpressionAttributeNames: { "#status": "status", "#tags": "my.tags" },
  ExpressionAttributeValues: {
    ":status": { S: "PAID" },
    ":from": { S: "2026-11-21T01:00:00Z" },
    ":to": { S: "2026-11-21T02:00:00Z" },
    ":attempt": { N: "3" },
    ":tag": { S: "x" },
  },
  Limit: 100,
};
const byId: GetItemRequest = {
  TableName: "orders",
  Key: { order_id: { S: "O-00001234" } },
  ProjectionExpression: "total_cents",
};
const batch: BatchGetItemRequest = {
  RequestItems: {
    order_events: {
      Keys: [
        { order_id: { S: "O-2" }, event_at: { N: "2.0" } },
        { order_id: { S: "O-1" }, event_at: { N: "1" } },
        { order_id: { S: "O-2" }, event_at: { N: "3" } },
      ],
      ProjectionExpression: "event_type",
      ConsistentRead: true,
    },
  },
};

describe("facts", () => {
  test("a Query of a global index names the index's partition and every top-level attribute that it touches", () => {
    expect(readQuery()).toEqual({
      table: "orders",
      index: "gsi-status",
      leadingKeys: ["PAID"],
      attributes: ["attempt", "history", "lease", "my.tags", "order_id", "status", "updated_at"],
      projection: ["history", "order_id", "status", "updated_at"],
      select: "SPECIFIC_ATTRIBUTES",
      consistentRead: false,
    });
  });

  test("a Query of a local index names the table's partition, and the keys of both", () => {
    const call = query({
      TableName: "order_events",
      IndexName: "lsi-type",
      KeyConditionExpression: "begins_with(event_type, :type) and (order_id = :id)",
      ProjectionExpression: "detail",
      ConsistentRead: true,
      ExpressionAttributeValues: { ":id": { S: "O-1" }, ":type": { S: "PAY" } },
    });
    expect(readRequest(call, events)).toMatchObject({
      index: "lsi-type",
      leadingKeys: ["O-1"],
      attributes: ["detail", "event_at", "event_type", "order_id"],
      consistentRead: true,
    });
  });

  test("a count names the attributes of its conditions and returns none", () => {
    const { ProjectionExpression: _, ...rest } = byStatus;
    const call: DynamoDbCall = { action: "dynamodb:Query", request: { ...rest, Select: "COUNT" } };
    expect(readRequest(call, orders)).toMatchObject({
      select: "COUNT",
      projection: [],
      attributes: ["attempt", "lease", "my.tags", "order_id", "status", "updated_at"],
    });
  });

  test("a GetItem names its key", () => {
    expect(readRequest(getItem(), orders)).toEqual({
      table: "orders",
      leadingKeys: ["O-00001234"],
      attributes: ["order_id", "total_cents"],
      projection: ["total_cents"],
      select: "SPECIFIC_ATTRIBUTES",
      consistentRead: false,
    });
  });

  test("a BatchGetItem names each partition once", () => {
    expect(readRequest(batchGetItem(), events)).toMatchObject({
      table: "order_events",
      leadingKeys: ["O-1", "O-2"],
      attributes: ["event_at", "event_type", "order_id"],
      consistentRead: true,
    });
  });

  test("a number partition is written in one form only", () => {
    expect(readRequest(getItem({ Key: { order_id: { N: "+04.20e1" } } }), orders).leadingKeys).toEqual([
      "42",
    ]);
  });
});

describe("what is refused", () => {
  const key = byStatus.KeyConditionExpression;

  test.each<[string, RequestErrorCode, () => DynamoDbCall]>([
    ["a missing projection", "missing-projection", () => getItem({ ProjectionExpression: " " })],
    ["no projection at all", "missing-projection", () => withoutField(query(), "ProjectionExpression")],
    [
      "no projection in a GetItem",
      "missing-projection",
      () => withoutField(getItem(), "ProjectionExpression"),
    ],
    ["whole items", "whole-item", () => withField(query(), "Select", "ALL_ATTRIBUTES")],
    [
      "all projected attributes",
      "whole-item",
      () => withField(query(), "Select", "ALL_PROJECTED_ATTRIBUTES"),
    ],
    ["a Query without Select", "whole-item", () => withoutField(query(), "Select")],
    ["a count that projects", "malformed", () => query({ Select: "COUNT" })],
    ["a legacy field", "malformed", () => withField(query(), "QueryFilter", {})],
    [
      "a legacy field of GetItem",
      "malformed",
      () => withField(getItem(), "AttributesToGet", ["total_cents"]),
    ],
    ["a Limit of nothing", "malformed", () => query({ Limit: 0 })],
    ["an unknown index", "unknown-index", () => query({ IndexName: "gsi-other" })],
    ["an index named like a property of objects", "unknown-index", () => query({ IndexName: "constructor" })],
    ["a consistent read of a global index", "consistent-read-on-gsi", () => query({ ConsistentRead: true })],
    ["no partition", "no-partition-equality", () => query({ KeyConditionExpression: "updated_at > :from" })],
    [
      "a range of partitions",
      "no-partition-equality",
      () => query({ KeyConditionExpression: "#status > :status" }),
    ],
    [
      "partitions by prefix",
      "no-partition-equality",
      () => query({ KeyConditionExpression: "begins_with(#status, :status)" }),
    ],
    [
      "a partition from an attribute",
      "partition-not-a-value",
      () => query({ KeyConditionExpression: "#status = updated_at" }),
    ],
    [
      "a partition from a size",
      "partition-not-a-value",
      () => query({ KeyConditionExpression: "#status = size(updated_at)" }),
    ],
    [
      "two partitions",
      "key-condition",
      () => query({ KeyConditionExpression: "#status = :status OR #status = :from" }),
    ],
    [
      "the partition twice",
      "key-condition",
      () => query({ KeyConditionExpression: "#status = :status AND #status = :from" }),
    ],
    [
      "the sort key twice",
      "key-condition",
      () => query({ KeyConditionExpression: `${key} AND updated_at < :from` }),
    ],
    [
      "another attribute as key",
      "key-condition",
      () => query({ KeyConditionExpression: `#status = :status AND attempt = :attempt` }),
    ],
    [
      "the table's key instead of the index's",
      "key-condition",
      () => query({ KeyConditionExpression: "order_id = :status" }),
    ],
    ["a nested key", "key-condition", () => query({ KeyConditionExpression: "#status.a = :status" })],
    ["NOT on a key", "key-condition", () => query({ KeyConditionExpression: "NOT #status = :status" })],
    ["IN on a key", "key-condition", () => query({ KeyConditionExpression: "#status IN (:status)" })],
    ["<> on a key", "key-condition", () => query({ KeyConditionExpression: "#status <> :status" })],
    ["a key in the filter", "key-in-filter", () => query({ FilterExpression: "updated_at > :attempt" })],
    ["an undefined name", "undefined-placeholder", () => query({ ProjectionExpression: "#status, #none" })],
    ["an undefined value", "undefined-placeholder", () => query({ FilterExpression: "attempt > :none" })],
    [
      "a name like a property of objects",
      "undefined-placeholder",
      () => getItem({ ProjectionExpression: "#toString" }),
    ],
    ["an unused name", "unused-placeholder", () => getItem({ ExpressionAttributeNames: { "#a": "a" } })],
    [
      "an unused value",
      "unused-placeholder",
      () => query({ FilterExpression: "attempt >= :attempt AND contains(#tags, :attempt)" }),
    ],
    ["an empty list of names", "malformed", () => getItem({ ExpressionAttributeNames: {} })],
    ["a misnamed placeholder", "malformed", () => getItem({ ExpressionAttributeNames: { a: "a" } })],
    ["a reserved word", "reserved-word", () => getItem({ ProjectionExpression: "Status" })],
    ["a reserved word inside a path", "reserved-word", () => getItem({ ProjectionExpression: "a.data" })],
    ["an attribute twice", "overlapping-paths", () => getItem({ ProjectionExpression: "a, b, a" })],
    [
      "an attribute twice through a placeholder",
      "overlapping-paths",
      () => getItem({ ProjectionExpression: "a, #a", ExpressionAttributeNames: { "#a": "a" } }),
    ],
    ["an attribute and its part", "overlapping-paths", () => getItem({ ProjectionExpression: "a.b, a" })],
    ["a list that is also a map", "overlapping-paths", () => getItem({ ProjectionExpression: "a[0], a.b" })],
    ["a broken projection", "syntax", () => getItem({ ProjectionExpression: "a,,b" })],
    ["a projection that goes on", "syntax", () => getItem({ ProjectionExpression: "a b" })],
    ["a star", "syntax", () => getItem({ ProjectionExpression: "*" })],
    ["a hyphen in a bare name", "syntax", () => getItem({ ProjectionExpression: "a-b" })],
    ["a name that starts with a digit", "syntax", () => getItem({ ProjectionExpression: "1a" })],
    ["a letter that looks like another", "syntax", () => getItem({ ProjectionExpression: "\u0430ttempt" })],
    ["a position that is no number", "syntax", () => getItem({ ProjectionExpression: "a[b]" })],
    ["an unknown function", "syntax", () => query({ FilterExpression: "exists(attempt)" })],
    [
      "a function with too many arguments",
      "syntax",
      () => query({ FilterExpression: "attribute_exists(attempt, :attempt)" }),
    ],
    ["an open bracket", "syntax", () => query({ FilterExpression: "(attempt = :attempt" })],
    ["doubled brackets", "syntax", () => query({ FilterExpression: "((attempt = :attempt))" })],
    ["NOT NOT", "reserved-word", () => query({ FilterExpression: "NOT NOT attempt = :attempt" })],
    ["a text literal", "syntax", () => query({ FilterExpression: 'attempt = "3"' })],
    ["an over-long expression", "syntax", () => getItem({ ProjectionExpression: "a".repeat(5_000) })],
    ["endless brackets", "syntax", () => query({ FilterExpression: "(".repeat(2_000) })],
    ["a key that is not the table's", "key-mismatch", () => getItem({ Key: { status: { S: "PAID" } } })],
    ["a key too many", "key-mismatch", () => getItem({ Key: { order_id: { S: "a" }, x: { S: "b" } } })],
    ["a binary key", "key-type", () => getItem({ Key: { order_id: { B: "AA==" } as never } })],
    ["a list as key", "key-type", () => getItem({ Key: { order_id: { SS: ["a", "b"] } } })],
    ["a number in words", "key-type", () => getItem({ Key: { order_id: { N: "four" } } })],
    ["a value of two types", "key-type", () => getItem({ Key: { order_id: { S: "a", N: "1" } } })],
    ["an empty key", "empty-key", () => getItem({ Key: { order_id: { S: "" } } })],
    [
      "an empty partition in a Query",
      "empty-key",
      () =>
        query({ ExpressionAttributeValues: { ...byStatus.ExpressionAttributeValues, ":status": { S: "" } } }),
    ],
    ["no table", "no-keys", () => ({ action: "dynamodb:BatchGetItem", request: { RequestItems: {} } })],
    ["no items", "no-keys", () => batchGetItem({ Keys: [] })],
    [
      "101 items",
      "too-many-keys",
      () => batchGetItem({ Keys: Array.from({ length: 101 }, (_, n) => eventKey(`${n}`)) }),
    ],
    ["an item twice", "duplicate-keys", () => batchGetItem({ Keys: [eventKey("1"), eventKey("1.0")] })],
    [
      "two tables",
      "several-tables",
      () => ({
        action: "dynamodb:BatchGetItem",
        request: { RequestItems: { ...batch.RequestItems, b: batch.RequestItems["order_events"] as never } },
      }),
    ],
  ])("%s is refused as %s", (_title, code, call) => {
    const made = call();
    const schema = made.action === "dynamodb:BatchGetItem" ? events : orders;
    expect(codeOf(() => readRequest(made, schema))).toBe(code);
  });
});

function query(changes: Partial<QueryRequest> = {}): DynamoDbCall {
  const request = { ...byStatus, ...changes };
  // A Query of the other table has no filter of orders' attributes.
  if (changes.TableName !== undefined) {
    delete request.FilterExpression;
    delete request.ExpressionAttributeNames;
  }
  return { action: "dynamodb:Query", request };
}

function readQuery() {
  return readRequest(query(), orders);
}

function getItem(changes: Partial<GetItemRequest> = {}): DynamoDbCall {
  return { action: "dynamodb:GetItem", request: { ...byId, ...changes } };
}

function batchGetItem(changes: Partial<BatchGetItemRequest["RequestItems"][string]> = {}): DynamoDbCall {
  const items = { ...batch.RequestItems["order_events"], ...changes };
  return { action: "dynamodb:BatchGetItem", request: { RequestItems: { order_events: items as never } } };
}

function eventKey(at: string) {
  return { order_id: { S: "O-1" }, event_at: { N: at } };
}

function withField(call: DynamoDbCall, name: string, value: unknown): DynamoDbCall {
  return { ...call, request: { ...call.request, [name]: value } } as DynamoDbCall;
}

function withoutField(call: DynamoDbCall, name: string): DynamoDbCall {
  const request: Record<string, unknown> = { ...call.request };
  delete request[name];
  return { ...call, request } as unknown as DynamoDbCall;
}

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof RequestError) return error.code;
    throw error;
  }
}
