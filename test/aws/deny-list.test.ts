import { expect, test } from "vitest";
import { denyListText } from "../../src/aws/deny-list.ts";
import { evaluate } from "../../src/iam/evaluate.ts";
import type { PolicyDocument } from "../../src/iam/policy-document.ts";

const now = new Date("2026-11-21T02:10:00.000Z");
const until = "2026-11-21T02:26:00.000Z";
const ids = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ grant: `R${String(at).padStart(16, "0")}`, until }));

test("an empty deny-list is no policy", () => {
  expect(denyListText([], now)).toBeUndefined();
});

test("a deny-list denies the grants it names and no other", () => {
  const text = denyListText(ids(3), now) ?? "";
  expect(denied(text, { "aws:PrincipalTag/grant": "R0000000000000002" })).toBe(true);
  expect(denied(text, { "aws:PrincipalTag/grant": "R0000000000000003" })).toBe(false);
  expect(denied(text, {})).toBe(false);
});

test("one that would be too long denies every older session instead, and no newer one", () => {
  const text = denyListText(ids(500), now) ?? "";
  expect(text.length).toBeLessThan(300);
  expect(denied(text, { "aws:TokenIssueTime": "2026-11-21T02:09:59Z" })).toBe(true);
  expect(denied(text, { "aws:TokenIssueTime": "2026-11-21T02:10:01Z" })).toBe(false);
  expect(denyListText(ids(280), now)).toContain("R0000000000000279");
});

function denied(text: string, context: Record<string, string>): boolean {
  const everything: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  };
  const identity = [everything, JSON.parse(text) as PolicyDocument];
  return !evaluate({ identity }, { action: "dynamodb:GetItem", resource: "arn:x", context }).allowed;
}
