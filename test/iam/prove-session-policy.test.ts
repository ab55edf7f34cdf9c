import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRequest } from "../../src/dynamodb/read-request.ts";
import { schemaOf, type PlannedReads } from "../../src/iam/compile-dynamodb-policy.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { leasePolicy } from "../../src/iam/lease-policy.ts";
import type { Conditions, PolicyDocument, Statement } from "../../src/iam/policy-document.ts";
import { PolicyRefused } from "../../src/iam/policy-refused.ts";
import type { Proof, ProofFailure } from "../../src/iam/policy-proof.ts";
import { proveSessionPolicy } from "../../src/iam/prove-session-policy.ts";
import { oddPlans, oneOrder, paidOrders, plainPlans, schemas, target } from "./planned-calls.ts";

const now = new Date("2026-11-21T02:26:10Z");
const expiresAt = new Date("2026-11-21T02:31:10.500Z");

describe("compiled policies", () => {
  test("every plan is proven, or refused for a value that can't be written or for its length", () => {
    fc.assert(
      fc.property(oddPlans, (plan) => {
        const refusal = expectedRefusal(plan);
        expect(refusal ? [refusal] : ["proven", "too-long"]).toContain(outcomeOf(plan));
      }),
      { numRuns: 500 },
    );
  });

  test("every plan of plain values is proven", () => {
    fc.assert(
      fc.property(plainPlans, (plan) => {
        expect(failuresOf(prove(plan, provable(plan)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("the proof of an index query asks for each way out that there is", () => {
    const plan = { calls: [paidOrders], schemas, target };
    const proof = prove(plan, provable(plan));
    expect(proof.proven && proof.checks.filter((check) => check.expect === "allowed")).toEqual([
      { call: "1 dynamodb:Query", expect: "allowed" },
    ]);
    expect(proof.proven && proof.checks.map((check) => check.mutation)).toEqual(
      expect.arrayContaining([
        "another partition",
        "one more partition",
        "no partition named",
        "one more attribute",
        "no attribute named",
        "whole items",
        "another index",
        "the table instead of its index",
        "another table",
        "another region",
        "the same table through another region",
        "another account",
        "the moment access ends",
        "Scan",
        "dynamodb:PartiQLSelect",
        "dynamodb:UpdateItem",
        "dynamodb:BatchWriteItem",
      ]),
    );
  });

  test("a mutation that the plan itself asks for is not held against it", () => {
    if (paidOrders.action !== "dynamodb:Query") throw new Error("fixture");
    const other = {
      ...paidOrders.request,
      ExpressionAttributeValues: {
        ...paidOrders.request.ExpressionAttributeValues,
        ":status": { S: "PAID0" },
      },
    };
    const plan = {
      calls: [paidOrders, { action: "dynamodb:Query" as const, request: other }],
      schemas,
      target,
    };
    expect(failuresOf(prove(plan, provable(plan)))).toEqual([]);
  });
});

describe("the prover finds what is wrong", () => {
  test("the policy of another plan is never proven", () => {
    fc.assert(
      fc.property(plainPlans, plainPlans, (plan, other) => {
        fc.pre(factsOf(plan) !== factsOf(other));
        expect(prove(plan, provable(other)).proven).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  /** Widenings that a question must find, without the help of the check of the form. */
  test.each<[string, (statement: Statement) => Statement]>([
    ["partitions are not restricted", without("ForAllValues:StringEquals", "dynamodb:LeadingKeys")],
    ["attributes are not restricted", without("ForAllValues:StringEquals", "dynamodb:Attributes")],
    ["partitions may be missing", without("Null", "dynamodb:LeadingKeys")],
    ["attributes may be missing", without("Null", "dynamodb:Attributes")],
    ["the selection is not restricted", without("StringEquals", "dynamodb:Select")],
    ["the region is not restricted", without("StringEquals", "aws:RequestedRegion")],
    ["there is no expiry", without("DateLessThan", "aws:CurrentTime")],
    ["there are no conditions", (s) => ({ ...s, Condition: {} })],
    [
      "partitions by pattern",
      replaced("ForAllValues:StringEquals", "ForAllValues:StringLike", { "dynamodb:LeadingKeys": ["*"] }),
    ],
    [
      "one fitting partition is enough",
      replaced("ForAllValues:StringEquals", "ForAnyValue:StringEquals", {}),
    ],
    [
      "whole items, too",
      withValue("StringEquals", "dynamodb:Select", ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES"]),
    ],
    ["a missing selection passes", replaced("StringEquals", "StringEqualsIfExists", {})],
    ["another region, too", withValue("StringEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"])],
    ["every action", (s) => ({ ...s, Action: "dynamodb:*" })],
    [
      "every reading action",
      (s) => ({ ...s, Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"] }),
    ],
    [
      "everything of the table",
      (s) => ({ ...s, Resource: [String(s.Resource), "arn:aws:dynamodb:eu-west-1:111122223333:table/*"] }),
    ],
    ["every resource", (s) => ({ ...s, Resource: "*" })],
    ["an hour more", withValue("DateLessThan", "aws:CurrentTime", "2026-11-21T03:31:10Z")],
    ["it has ended", withValue("DateLessThan", "aws:CurrentTime", "2026-11-21T02:26:10Z")],
    ["it denies", (s) => ({ ...s, Effect: "Deny" })],
    [
      "another partition instead",
      withValue("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["other value"]),
    ],
    [
      "another attribute instead",
      withValue("ForAllValues:StringEquals", "dynamodb:Attributes", ["other value"]),
    ],
  ])("by asking, when %s", (_title, change) => {
    fc.assert(
      fc.property(plainPlans, (plan) => {
        const policy = changedFirst(provable(plan), change);
        const asked = failuresOf(prove(plan, policy)).filter((failure) => failure.call !== undefined);
        expect(asked).not.toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test.each<[string, (policy: PolicyDocument) => PolicyDocument]>([
    ["one more partition", (p) => changedFirst(p, added("dynamodb:LeadingKeys", "one more"))],
    ["one more attribute", (p) => changedFirst(p, added("dynamodb:Attributes", "one more"))],
    ["an empty partition", (p) => changedFirst(p, added("dynamodb:LeadingKeys", ""))],
    [
      "a policy variable as partition",
      (p) => changedFirst(p, added("dynamodb:LeadingKeys", "${aws:userid}")),
    ],
    [
      "an expiry that includes its last second",
      (p) => changedFirst(p, replaced("DateLessThan", "DateLessThanEquals", {})),
    ],
    [
      "one more condition",
      (p) =>
        changedFirst(p, (s) => ({
          ...s,
          Condition: { ...s.Condition, Bool: { "aws:SecureTransport": "true" } },
        })),
    ],
    [
      "an operator without keys",
      (p) => changedFirst(p, (s) => ({ ...s, Condition: { ...s.Condition, Bool: {} } })),
    ],
    [
      "one more statement",
      (p) => ({ ...p, Statement: [...p.Statement, { Effect: "Allow", Action: "*", Resource: "*" }] }),
    ],
    [
      "one more statement of our own making",
      (p) => ({
        ...p,
        Statement: [
          ...p.Statement,
          changed(p.Statement[0], { Resource: `${String(p.Statement[0]?.Resource)}-2` }),
        ],
      }),
    ],
    [
      "one more statement that denies",
      (p) => ({ ...p, Statement: [...p.Statement, { Effect: "Deny", Action: "s3:*", Resource: "*" }] }),
    ],
    ["another version", (p) => ({ ...p, Version: "2008-10-17" }) as unknown as PolicyDocument],
    ["no statement", (p) => ({ ...p, Statement: [] })],
  ])("whatever was added: %s", (_title, change) => {
    fc.assert(
      fc.property(plainPlans, (plan) => {
        expect(prove(plan, change(provable(plan))).proven).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  test("when the partitions of one call meet the attributes of another", () => {
    const secret = {
      ...oneOrder,
      request: { ...oneOrder.request, Key: { order_id: { S: "O-2" } }, ProjectionExpression: "email" },
    } as typeof oneOrder;
    const plan = { calls: [oneOrder, secret], schemas, target };
    const policy = provable(plan);
    const mixed = changedFirst(
      policy,
      withValue("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["O-00001234", "O-2"]),
    );
    expect(prove(plan, policy).proven).toBe(true);
    expect(failuresOf(prove(plan, mixed))).toEqual([
      { reason: 'Statement 1 allows partition "O-2", which no call asks for.' },
    ]);
  });

  test("when the run starts after the end of its lease", () => {
    const plan = { calls: [oneOrder], schemas, target };
    const late = proveSessionPolicy({ ...plan, policy: provable(plan), now: expiresAt, expiresAt });
    expect(failuresOf(late)).toContainEqual({
      call: "1 dynamodb:GetItem",
      reason: "Call 1 dynamodb:GetItem is planned, but the session policy denies it.",
    });
  });

  test("when a call can't be read, or there is none", () => {
    const policy = provable({ calls: [oneOrder], schemas, target });
    const whole = {
      ...oneOrder,
      request: { ...oneOrder.request, ProjectionExpression: "" },
    } as typeof oneOrder;
    expect(failuresOf(prove({ calls: [whole], schemas, target }, policy))).toEqual([
      { reason: "ProjectionExpression is missing: whole items are never read." },
    ]);
    expect(prove({ calls: [], schemas, target }, policy).proven).toBe(false);
    expect(prove({ calls: [oneOrder], schemas: {}, target }, policy).proven).toBe(false);
  });
});

function outcomeOf(plan: PlannedReads): string {
  const lease = leaseOf(plan);
  if (lease instanceof PolicyRefused) return lease.code;
  const proof = prove(plan, lease);
  return proof.proven ? "proven" : proof.failures.map((failure) => failure.reason).join("\n");
}

function leaseOf(plan: PlannedReads): PolicyDocument | PolicyRefused {
  try {
    return JSON.parse(leasePolicy(compileSessionPolicy(plan), expiresAt)) as PolicyDocument;
  } catch (error) {
    if (error instanceof PolicyRefused) return error;
    throw error;
  }
}

function provable(plan: PlannedReads): PolicyDocument {
  const lease = leaseOf(plan);
  fc.pre(!(lease instanceof PolicyRefused && lease.code === "too-long"));
  if (lease instanceof PolicyRefused) throw lease;
  return lease;
}

function prove(plan: PlannedReads, policy: PolicyDocument): Proof {
  return proveSessionPolicy({ ...plan, policy, expiresAt, now });
}

function failuresOf(proof: Proof): readonly ProofFailure[] {
  return proof.proven ? [] : proof.failures;
}

/** The rule for one value, restated: the first value in the order of reading decides. */
function expectedRefusal(plan: PlannedReads): string | undefined {
  for (const call of plan.calls) {
    const { leadingKeys, attributes } = readRequest(call, schemaOf(call, plan.schemas));
    for (const value of [...leadingKeys, ...attributes]) {
      if (value.includes("${")) return "policy-variable";
      if (Array.from(value).some((character) => character < " " || character > "ÿ")) return "charset";
    }
  }
  return undefined;
}

function factsOf(plan: PlannedReads): string {
  const facts = plan.calls.map((call) => [call.action, readRequest(call, schemaOf(call, plan.schemas))]);
  return JSON.stringify([...new Set(facts.map((fact) => JSON.stringify(fact)))].sort());
}

type Change = (statement: Statement) => Statement;

function changedFirst(policy: PolicyDocument, change: Change): PolicyDocument {
  return { ...policy, Statement: policy.Statement.map((s, index) => (index === 0 ? change(s) : s)) };
}

function changed(statement: Statement | undefined, change: Partial<Statement>): Statement {
  if (!statement) throw new Error("no statement");
  return { ...statement, ...change };
}

function without(operator: string, key: string): Change {
  return (statement) => {
    const { [key]: _, ...keys } = statement.Condition?.[operator] ?? {};
    return withCondition(statement, { [operator]: keys });
  };
}

function withValue(operator: string, key: string, value: string | string[]): Change {
  return (statement) =>
    withCondition(statement, { [operator]: { ...statement.Condition?.[operator], [key]: value } });
}

function replaced(operator: string, other: string, keys: Conditions[string]): Change {
  return (statement) => {
    const { [operator]: old, ...rest } = statement.Condition ?? {};
    return { ...statement, Condition: { ...rest, [other]: { ...old, ...keys } } };
  };
}

function added(key: string, value: string): Change {
  return (statement) => {
    const old = statement.Condition?.["ForAllValues:StringEquals"]?.[key] ?? [];
    return withValue("ForAllValues:StringEquals", key, [old, value].flat())(statement);
  };
}

function withCondition(statement: Statement, conditions: Conditions): Statement {
  return { ...statement, Condition: { ...statement.Condition, ...conditions } };
}
