import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { followPolicy, proveFollowPolicy } from "../../src/iam/follow-policy.ts";
import { leasePolicy } from "../../src/iam/lease-policy.ts";
import type { PlannedCalls } from "../../src/iam/planned-calls.ts";
import type { PolicyDocument, Statement } from "../../src/iam/policy-document.ts";
import { PolicyRefused } from "../../src/iam/policy-refused.ts";
import { proveSessionPolicy } from "../../src/iam/prove-session-policy.ts";
import { athenaPlans, key, ownBucket, planOf } from "./athena-plans.ts";

const now = new Date("2026-11-21T02:26:10Z");
const expiresAt = new Date("2026-11-21T02:28:10.500Z");
const forwardedUntil = new Date("2026-11-21T02:36:20Z");

const full = planOf({ workgroup: ownBucket, kmsKeys: [key] });

describe("the policy of a session that follows a query", () => {
  test("is proven for every plan: it waits and reads the result, and starts nothing", () => {
    fc.assert(
      fc.property(athenaPlans, (plan) => {
        expect(["proven", "scope", "too-long"]).toContain(outcomeOf(plan));
      }),
      { numRuns: 200 },
    );
    expect(outcomeOf(full)).toBe("proven");
  });

  test("has one statement where Athena keeps the result itself", () => {
    expect(JSON.parse(followPolicy(planOf(), expiresAt))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["athena:GetQueryExecution", "athena:GetQueryResults"],
          Resource: "arn:aws:athena:eu-west-1:111122223333:workgroup/jit-cloudtrail",
          Condition: {
            StringEquals: { "aws:RequestedRegion": "eu-west-1" },
            DateLessThan: { "aws:CurrentTime": "2026-11-21T02:28:10Z" },
          },
        },
      ],
    });
  });

  test("is not made where results would be written among the data", () => {
    const data = [{ bucket: "query-results", prefix: "jit/more/" }];
    expect(outcomeOf(planOf({ workgroup: ownBucket, data }))).toBe("scope");
  });

  test.each<[string, (first: Statement, all: Statement[]) => Statement[]]>([
    ["also starts queries", (first, all) => [{ ...first, Action: ["athena:StartQueryExecution"] }, ...all]],
    [
      "has no end",
      ({ Condition: { DateLessThan: _end, ...rest } = {}, ...first }, [, ...more]) => [
        { ...first, Condition: rest },
        ...more,
      ],
    ],
    ["is for every workgroup", (first, [, ...more]) => [{ ...first, Resource: "*" }, ...more]],
    ["reads data", (first, all) => [...all, { ...first, Action: "s3:GetObject", Resource: "*" }]],
  ])("is not proven when it %s", (_, change) => {
    const policy = JSON.parse(followPolicy(full, expiresAt)) as PolicyDocument;
    const [first] = policy.Statement;
    if (!first) throw new Error("fixture");
    const changed = { ...policy, Statement: change(first, policy.Statement) };
    expect(proveFollowPolicy({ ...full, policy: changed, expiresAt, now }).proven).toBe(false);
  });
});

describe("the policy of a session whose query may outlive it", () => {
  const lease = (until = forwardedUntil) =>
    JSON.parse(leasePolicy(compileSessionPolicy(full), expiresAt, until)) as PolicyDocument;
  const prove = (policy: PolicyDocument) =>
    proveSessionPolicy({ ...full, policy, expiresAt, forwardedUntil, now }).proven;

  test("ends what it may do itself first, and what Athena reads in its name with the query's time", () => {
    const ends = lease().Statement.map(({ Condition }) => Condition?.["DateLessThan"]?.["aws:CurrentTime"]);
    expect(ends).toEqual(["2026-11-21T02:28:10Z", ...ends.slice(1).fill("2026-11-21T02:36:20Z")]);
    expect(prove(lease())).toBe(true);
  });

  test("is not proven when Athena could read longer, or the session act longer", () => {
    expect(prove(lease(new Date("2026-11-21T02:36:21Z")))).toBe(false);
    const longer = JSON.parse(leasePolicy(compileSessionPolicy(full), forwardedUntil)) as PolicyDocument;
    expect(prove(longer)).toBe(false);
  });
});

function outcomeOf(plan: PlannedCalls): string {
  try {
    const policy = JSON.parse(followPolicy(plan, expiresAt)) as PolicyDocument;
    const proof = proveFollowPolicy({ ...plan, policy, expiresAt, now });
    return proof.proven ? "proven" : proof.failures.map((failure) => failure.reason).join("\n");
  } catch (error) {
    if (error instanceof PolicyRefused) return error.code;
    throw error;
  }
}
