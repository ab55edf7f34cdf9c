import { expect, test } from "vitest";
import type { DynamoDbCall } from "../../src/dynamodb/requests.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { checkPolicyFits, leasePolicy } from "../../src/iam/lease-policy.ts";
import type { PolicyDocument } from "../../src/iam/policy-document.ts";
import { PolicyRefused } from "../../src/iam/policy-refused.ts";
import { oneOrder, paidOrders, schemas, target } from "./planned-calls.ts";

const compiled = compileSessionPolicy({ calls: [paidOrders, oneOrder], schemas, target });
const expiresAt = new Date("2026-11-21T02:31:10.999Z");

test("every statement of a lease ends at the given second, never later", () => {
  const lease = JSON.parse(leasePolicy(compiled, expiresAt)) as PolicyDocument;
  expect(lease.Statement.map((s) => s.Condition?.["DateLessThan"])).toEqual([
    { "aws:CurrentTime": "2026-11-21T02:31:10Z" },
    { "aws:CurrentTime": "2026-11-21T02:31:10Z" },
  ]);
});

test("the policy of one index query takes well under a third of what AWS takes", () => {
  const { characters } = checkPolicyFits(compileSessionPolicy({ calls: [paidOrders], schemas, target }));
  expect(characters).toBeLessThan(600);
});

test("a lease is as long as its check at submit time said", () => {
  expect(leasePolicy(compiled, expiresAt)).toHaveLength(checkPolicyFits(compiled).characters);
});

test("2,048 characters fit and 2,049 do not", () => {
  const empty =
    checkPolicyFits(compileSessionPolicy({ calls: [orderWithId("x")], schemas, target })).characters - 1;
  const ofLength = (length: number) =>
    compileSessionPolicy({ calls: [orderWithId("x".repeat(length - empty))], schemas, target });
  expect(leasePolicy(ofLength(2_048), expiresAt)).toHaveLength(2_048);
  expect(refusalOf(() => leasePolicy(ofLength(2_049), expiresAt))).toBe("too-long");
});

test.each<[string, string, (policy: PolicyDocument) => PolicyDocument]>([
  ["a wildcard as action", "shape", (p) => changed(p, { Action: "dynamodb:*" })],
  ["two actions", "shape", (p) => changed(p, { Action: ["dynamodb:Query", "dynamodb:Scan"] })],
  ["a wildcard as resource", "shape", (p) => changed(p, { Resource: "*" })],
  ["a statement that denies", "shape", (p) => changed(p, { Effect: "Deny" })],
  ["a statement without conditions", "shape", (p) => changed(p, { Condition: {} })],
  ["a statement with a Sid", "shape", (p) => changed(p, { Sid: "a" })],
  ["no statement", "shape", (p) => ({ ...p, Statement: [] })],
  ["a lease of a lease", "shape", (p) => JSON.parse(leasePolicy(p, expiresAt)) as PolicyDocument],
  ["a policy variable", "policy-variable", (p) => changed(p, { Resource: "${aws:userid}" })],
  ["a letter beyond Latin-1", "charset", (p) => changed(p, { Resource: "Ā" })],
  ["a control character", "charset", (p) => changed(p, { Resource: "\u0001" })],
])("%s is refused as %s", (_title, code, change) => {
  expect(refusalOf(() => leasePolicy(change(compiled), expiresAt))).toBe(code);
});

test.each([new Date(Number.NaN), new Date(-1), new Date("+010000-01-01T00:00:00Z")])(
  "an expiry of %s is refused",
  (date) => {
    expect(refusalOf(() => leasePolicy(compiled, date))).toBe("expiry");
  },
);

function changed(
  policy: PolicyDocument,
  change: Partial<PolicyDocument["Statement"][number]>,
): PolicyDocument {
  return { ...policy, Statement: policy.Statement.map((statement) => ({ ...statement, ...change })) };
}

function orderWithId(id: string): DynamoDbCall {
  return {
    action: "dynamodb:GetItem",
    request: { TableName: "orders", Key: { order_id: { S: id } }, ProjectionExpression: "total_cents" },
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
