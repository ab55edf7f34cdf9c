import { describe, expect, test } from "vitest";
import type { DynamoDbCall } from "../../src/dynamodb/requests.ts";
import type { PlannedReads } from "../../src/iam/compile-dynamodb-policy.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { PolicyRefused } from "../../src/iam/policy-refused.ts";
import { oneOrder, paidOrders, schemas, target } from "./planned-calls.ts";

test("a Query of an index may read that index alone, one partition, the named attributes", () => {
  expect(compile(paidOrders)).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "dynamodb:Query",
        Resource: "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/gsi-status",
        Condition: {
          "ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["PAID"],
            "dynamodb:Attributes": ["attempt", "order_id", "status", "updated_at"],
          },
          StringEquals: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES", "aws:RequestedRegion": "eu-west-1" },
          Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
        },
      },
    ],
  });
});

test("calls of one kind that differ in their partition alone share a statement", () => {
  const statements = compile(oneOrder, withOrder("O-2"), withOrder("O-1"), withOrder("O-2")).Statement;
  expect(statements).toHaveLength(1);
  expect(statements[0]?.Condition?.["ForAllValues:StringEquals"]?.["dynamodb:LeadingKeys"]).toEqual([
    "O-00001234",
    "O-1",
    "O-2",
  ]);
});

test("calls with other attributes never share a statement, which would mix the partitions of one with the attributes of the other", () => {
  expect(compile(oneOrder, withOrder("O-2", "email")).Statement).toHaveLength(2);
});

test("a count may use the attributes of its conditions only", () => {
  if (paidOrders.action !== "dynamodb:Query") throw new Error("fixture");
  const { ProjectionExpression: _, ...request } = paidOrders.request;
  const condition = compile({ action: "dynamodb:Query", request: { ...request, Select: "COUNT" } })
    .Statement[0]?.Condition;
  expect(condition?.["StringEquals"]?.["dynamodb:Select"]).toBe("COUNT");
  expect(condition?.["ForAllValues:StringEquals"]?.["dynamodb:Attributes"]).toEqual([
    "attempt",
    "order_id",
    "status",
    "updated_at",
  ]);
});

describe("what can't be written so that it means only itself is refused", () => {
  test.each<[string, string, () => unknown]>([
    ["a policy variable in a key", "policy-variable", () => compile(withOrder("${aws:PrincipalTag/x}"))],
    ["an open policy variable", "policy-variable", () => compile(withOrder("a${"))],
    ["an escape of a policy variable", "policy-variable", () => compile(withOrder("${*}"))],
    ["a key beyond Latin-1", "charset", () => compile(withOrder("Ā"))],
    ["a control character", "charset", () => compile(withOrder("a\u0007"))],
    ["a line break", "charset", () => compile(withOrder("a\nb"))],
    ["half a character", "charset", () => compile(withOrder("\uD800"))],
    ["a wildcard as region", "resource", () => compileInput({ target: { ...target, region: "*" } })],
    ["a wildcard as account", "resource", () => compileInput({ target: { ...target, account: "*" } })],
    ["a wildcard as partition", "resource", () => compileInput({ target: { ...target, partition: "*" } })],
    ["a table outside the catalogue", "unknown-table", () => compileInput({ schemas: {} })],
    ["a table named like a property of objects", "unknown-table", () => compile(ofTable("constructor"))],
    ["no calls", "no-calls", () => compileInput({ calls: [] })],
  ])("%s: %s", (_title, code, act) => {
    expect(refusalOf(act)).toBe(code);
  });

  test("a wildcard in a table's name, even if the catalogue has it", () => {
    const withStar = { calls: [ofTable("orders*")], schemas: { "orders*": schemas["orders"] as never } };
    expect(refusalOf(() => compileInput(withStar))).toBe("resource");
  });

  test("quotes, backslashes and wildcards in a key are plain characters", () => {
    expect(compile(withOrder('"\\*?')).Statement[0]?.Condition?.["ForAllValues:StringEquals"]).toMatchObject({
      "dynamodb:LeadingKeys": ['"\\*?'],
    });
  });
});

function compile(...calls: DynamoDbCall[]) {
  return compileInput({ calls });
}

function compileInput(input: Partial<PlannedReads>) {
  return compileSessionPolicy({ calls: [oneOrder], schemas, target, ...input });
}

function withOrder(id: string, attribute = "total_cents"): DynamoDbCall {
  return {
    action: "dynamodb:GetItem",
    request: { TableName: "orders", Key: { order_id: { S: id } }, ProjectionExpression: attribute },
  };
}

function ofTable(TableName: string): DynamoDbCall {
  return {
    action: "dynamodb:GetItem",
    request: { TableName, Key: { order_id: { S: "O-1" } }, ProjectionExpression: "total_cents" },
  };
}

function refusalOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof PolicyRefused) return error.code;
    throw error;
  }
}
