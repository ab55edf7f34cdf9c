import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCondition } from "../../src/dynamodb/parse-condition.ts";
import { pinBefore } from "../../src/dynamodb/pin-before.ts";
import { readRequest } from "../../src/dynamodb/read-request.ts";
import type { DynamoDbCall, ScanRequest, UpdateItemRequest } from "../../src/dynamodb/requests.ts";
import { afterChanges, differing, sameValue } from "../../src/dynamodb/same-value.ts";
import type { TableSchema } from "../../src/dynamodb/table-schema.ts";

const schema: TableSchema = { keys: { partitionKey: "order_id" }, indexes: {} };
const release: UpdateItemRequest = {
  TableName: "orders",
  Key: { order_id: { S: "O-1" } },
  UpdateExpression: "REMOVE lock_owner, lock_expires_at SET #st = :new",
  ConditionExpression: "attribute_exists(order_id) AND lock_owner = :holder",
  ExpressionAttributeNames: { "#st": "status" },
  ExpressionAttributeValues: { ":holder": { S: "w-1" }, ":new": { S: "PAID" } },
  ReturnValues: "UPDATED_NEW",
};

function facts(change: object = {}) {
  return readRequest({ action: "dynamodb:UpdateItem", request: { ...release, ...change } }, schema);
}

describe("an UpdateItem", () => {
  test("is read with everything that it changes or its condition names", () => {
    expect(facts()).toEqual({
      table: "orders",
      leadingKeys: ["O-1"],
      attributes: ["lock_expires_at", "lock_owner", "order_id", "status"],
      projection: [],
      returnValues: "UPDATED_NEW",
      consistentRead: false,
    });
  });

  test.each<[string, object, string]>([
    ["arithmetic", { UpdateExpression: "SET #st = attempt + :new REMOVE lock_owner" }, "syntax"],
    ["a function", { UpdateExpression: "SET #st = if_not_exists(#st, :new)" }, "syntax"],
    ["ADD", { UpdateExpression: "ADD attempt :new" }, "syntax"],
    ["DELETE", { UpdateExpression: "DELETE tags :new" }, "syntax"],
    ["a part of an attribute", { UpdateExpression: "SET #st.a = :new" }, "update-expression"],
    ["SET twice", { UpdateExpression: "SET #st = :new SET a = :new" }, "syntax"],
    ["a key", { UpdateExpression: "SET order_id = :new, #st = :new" }, "update-expression"],
    ["one attribute twice", { UpdateExpression: "SET #st = :new REMOVE #st" }, "overlapping-paths"],
    ["nothing", { UpdateExpression: " " }, "syntax"],
    ["no condition", { ConditionExpression: undefined }, "missing-condition"],
    ["an empty condition", { ConditionExpression: "  " }, "missing-condition"],
    ["the whole item returned", { ReturnValues: "ALL_OLD" }, "return-values"],
    ["an old form of condition", { Expected: {} }, "malformed"],
    ["half of a key", { Key: {} }, "key-mismatch"],
    ["a value that no expression uses", { UpdateExpression: "REMOVE lock_owner, #st" }, "unused-placeholder"],
  ])("with %s is refused", (_, change, code) => {
    expect(() => facts(change)).toThrow(expect.objectContaining({ name: "RequestError", code }));
  });
});

describe("a before image that is pinned", () => {
  const attributes = ["lock_expires_at", "lock_owner", "status"];

  test.each([
    "lock_owner = :holder OR #st = :new",
    "(lock_owner = :holder) OR (#st = :new)",
    "(lock_owner = :holder OR #st = :new)",
  ])("binds the whole of: %s", (own) => {
    const pinned = pinBefore({ ...release, ConditionExpression: own }, attributes, {
      lock_owner: { S: "w-1" },
    });
    const tree = parseCondition(pinned.ConditionExpression, "ConditionExpression");
    // From the outside in: each pin stands beside all that was there, never inside an OR.
    let rest = tree;
    for (const _ of attributes) {
      if (rest.kind !== "and") throw new Error(`${rest.kind} on top`);
      rest = rest.left;
    }
    expect(rest).toEqual(parseCondition(own, "ConditionExpression"));
    expect(() => facts(pinned)).not.toThrow();
  });

  test("demands what was there, and the absence of what was not", () => {
    const pinned = pinBefore(release, attributes, { lock_owner: { S: "w-1" }, status: { S: "PAID" } });
    expect(pinned.ConditionExpression).toBe(
      "(attribute_exists(order_id) AND lock_owner = :holder) AND attribute_not_exists(#before_1) AND #before_2 = :before_2 AND #before_3 = :before_3",
    );
    expect(pinned.ExpressionAttributeNames).toMatchObject({
      "#before_1": "lock_expires_at",
      "#before_2": "lock_owner",
    });
    // The session policy of a write is the same whether its before image is pinned or not.
    expect(facts(pinned)).toEqual(facts());
  });

  test("is refused where the request uses its placeholders", () => {
    const own = {
      ...release,
      UpdateExpression: "REMOVE #before_1",
      ExpressionAttributeNames: { "#before_1": "a" },
    };
    expect(() => pinBefore(own, attributes, {})).toThrow("are ours");
  });
});

describe("values", () => {
  test("are the same as DynamoDB has them: numbers by amount, sets without order, absence apart", () => {
    expect(sameValue({ N: "1.0" }, { N: "1" })).toBe(true);
    expect(sameValue({ SS: ["a", "b"] }, { SS: ["b", "a"] })).toBe(true);
    expect(sameValue({ M: { a: { L: [{ N: "1e1" }] } } }, { M: { a: { L: [{ N: "10" }] } } })).toBe(true);
    expect(sameValue({ S: "1" }, { N: "1" })).toBe(false);
    expect(sameValue({ L: [{ S: "a" }, { S: "b" }] }, { L: [{ S: "b" }, { S: "a" }] })).toBe(false);
    expect(sameValue(undefined, { S: "" })).toBe(false);
    expect(sameValue(undefined, undefined)).toBe(true);
  });

  test("after changes differ from those before only in what was changed", () => {
    const image = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.record({ S: fc.string() }));
    fc.assert(
      fc.property(image, fc.constantFrom("a", "b"), fc.option(fc.string()), (before, attribute, text) => {
        const after = afterChanges(before, [
          text === null ? { attribute } : { attribute, value: { S: text } },
        ]);
        expect(differing(["a", "b", "c"], before, after).every((name) => name === attribute)).toBe(true);
        expect(after[attribute]).toEqual(text === null ? undefined : { S: text });
      }),
    );
  });
});

describe("a Scan", () => {
  const scan: ScanRequest = {
    TableName: "orders",
    FilterExpression: "contains(note, :word)",
    ProjectionExpression: "order_id, #st",
    Select: "SPECIFIC_ATTRIBUTES",
    ExpressionAttributeNames: { "#st": "status" },
    ExpressionAttributeValues: { ":word": { S: "gift" } },
    Limit: 100,
  };

  test("is read with the attributes that it names, and no key", () => {
    expect(readRequest({ action: "dynamodb:Scan", request: scan }, schema)).toMatchObject({
      leadingKeys: [],
      attributes: ["note", "order_id", "status"],
      projection: ["order_id", "status"],
    });
  });

  test.each([
    ["in segments", { Segment: 0, TotalSegments: 4 }],
    ["of whole items", { Select: "ALL_ATTRIBUTES" }],
    ["without a limit of its pages", { Limit: 0 }],
    ["without a projection", { ProjectionExpression: undefined }],
  ])("%s is refused", (_, change) => {
    const call = { action: "dynamodb:Scan", request: { ...scan, ...change } } as DynamoDbCall;
    expect(() => readRequest(call, schema)).toThrow(expect.objectContaining({ name: "RequestError" }));
  });
});
