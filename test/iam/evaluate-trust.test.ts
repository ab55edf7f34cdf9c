import { expect, test } from "vitest";
import { evaluateTrust, type TrustPolicy } from "../../src/iam/evaluate-trust.ts";

const broker = "arn:aws:iam::111122223333:role/jit-broker";
const brokerSession = "arn:aws:sts::111122223333:assumed-role/jit-broker/i-1";

const trust: TrustPolicy = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: broker },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalId": "e-1" }, StringLike: { "aws:RequestTag/grant": "?*" } },
    },
    {
      Effect: "Allow",
      Principal: { AWS: broker },
      Action: "sts:TagSession",
      Condition: {
        "ForAllValues:StringEquals": { "aws:TagKeys": ["grant", "runbook"] },
        Null: { "aws:TagKeys": "false", "sts:TransitiveTagKeys": "true" },
      },
    },
  ],
};

test.each([
  [
    "the named role",
    "sts:AssumeRole",
    [brokerSession, broker],
    { "sts:ExternalId": "e-1", "aws:RequestTag/grant": "g-1" },
    true,
  ],
  [
    "a wrong external id",
    "sts:AssumeRole",
    [broker],
    { "sts:ExternalId": "e-2", "aws:RequestTag/grant": "g-1" },
    false,
  ],
  ["no grant tag", "sts:AssumeRole", [broker], { "sts:ExternalId": "e-1" }, false],
  [
    "another role",
    "sts:AssumeRole",
    [`${broker}-2`],
    { "sts:ExternalId": "e-1", "aws:RequestTag/grant": "g-1" },
    false,
  ],
  ["known tags", "sts:TagSession", [broker], { "aws:TagKeys": ["grant"] }, true],
  ["an unknown tag", "sts:TagSession", [broker], { "aws:TagKeys": ["grant", "x"] }, false],
  [
    "transitive tags",
    "sts:TagSession",
    [broker],
    { "aws:TagKeys": ["grant"], "sts:TransitiveTagKeys": ["grant"] },
    false,
  ],
  ["an action without statement", "sts:SetSourceIdentity", [broker], {}, false],
])("trust of %s", (_title, action, callers, context, expected) => {
  expect(evaluateTrust(trust, { action, callers, context }).allowed).toBe(expected);
});

test("an account principal means everyone in that account and nobody else", () => {
  const of = (AWS: string) =>
    evaluateTrust(
      {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }],
      },
      { action: "sts:AssumeRole", callers: [brokerSession], context: {} },
    ).allowed;
  expect(of("111122223333")).toBe(true);
  expect(of("arn:aws:iam::111122223333:root")).toBe(true);
  expect(of("444455556666")).toBe(false);
  expect(of("arn:aws:iam::111122223333:role/*")).toBe(false);
});

test("an explicit Deny of a trust policy wins", () => {
  const denied: TrustPolicy = {
    Version: "2012-10-17",
    Statement: [...trust.Statement, { Effect: "Deny", Principal: "*", Action: "sts:*" }],
  };
  const context = { "aws:TagKeys": ["grant"] };
  expect(evaluateTrust(denied, { action: "sts:TagSession", callers: [broker], context })).toEqual({
    allowed: false,
    denial: "explicit",
  });
});
