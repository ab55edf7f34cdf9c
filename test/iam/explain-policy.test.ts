import { expect, test } from "vitest";
import type { DynamoDbCall } from "../../src/dynamodb/requests.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { explainPolicy } from "../../src/iam/explain-policy.ts";
import { withExpiry } from "../../src/iam/lease-policy.ts";
import { key, ownBucket, planOf } from "./athena-plans.ts";
import { oneOrder, paidOrders, schemas, target } from "./planned-calls.ts";

test("each statement of a lease is a sentence", () => {
  const policy = compileSessionPolicy({ calls: [paidOrders, oneOrder, someEvents], schemas, target });
  expect(explainPolicy(withExpiry(policy, new Date("2026-11-21T02:31:10Z")))).toEqual([
    "May Query index gsi-status of orders in eu-west-1, partition PAID only, reading only attributes attempt, order_id, status, updated_at, until 02:31:10Z.",
    "May GetItem table orders in eu-west-1, partition O-00001234 only, reading only attributes order_id, total_cents, until 02:31:10Z.",
    'May BatchGetItem table order_events in eu-west-1, partitions "O, 2", O-1 and O-3 only, reading only attributes event_at, event_type, order_id, until 02:31:10Z.',
  ]);
});

test("a count says so, and a policy without expiry names none", () => {
  if (paidOrders.action !== "dynamodb:Query") throw new Error("fixture");
  const { ProjectionExpression: _, ...request } = paidOrders.request;
  const count: DynamoDbCall = { action: "dynamodb:Query", request: { ...request, Select: "COUNT" } };
  expect(explainPolicy(compileSessionPolicy({ calls: [count], schemas, target }))).toEqual([
    "May Query index gsi-status of orders in eu-west-1, partition PAID only, counting only, by attributes attempt, order_id, status and updated_at.",
  ]);
});

test("an Athena lease says what the session may do itself and what only through Athena", () => {
  const policy = compileSessionPolicy(
    planOf({ workgroup: ownBucket, kmsKeys: [key], data: [{ bucket: "org-trail-logs", prefix: "a/b c/" }] }),
  );
  expect(explainPolicy(withExpiry(policy, new Date("2026-11-21T02:31:10Z")))).toEqual([
    "May start queries in workgroup jit-cloudtrail in eu-west-1 and read their state and results, until 02:31:10Z.",
    `Through Athena only: may see the definition of audit.cloudtrail_logs in the catalogue of account 111122223333, read "s3://org-trail-logs/a/b c/" and s3://query-results/jit/, ask where org-trail-logs and query-results lie, and use ${key} (kms:Decrypt, kms:GenerateDataKey), until 02:31:10Z.`,
    'Through Athena only: may list names under "a/b c/" and jit/ in org-trail-logs and query-results, until 02:31:10Z.',
    "Through Athena only: may write results to s3://query-results/jit/, until 02:31:10Z.",
  ]);
  expect(explainPolicy(compileSessionPolicy(planOf({ lakeFormation: true }))).at(-1)).toBe(
    "Through Athena only: may read data as far as Lake Formation grants it to the data role.",
  );
});

test("a statement that is not ours is shown as it is", () => {
  expect(
    explainPolicy({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
  ).toEqual(['Not made by a template: {"Effect":"Allow","Action":"*","Resource":"*"}']);
});

const someEvents: DynamoDbCall = {
  action: "dynamodb:BatchGetItem",
  request: {
    RequestItems: {
      order_events: {
        Keys: ["O-1", "O-3", "O, 2"].map((id) => ({ order_id: { S: id }, event_at: { S: "x" } })),
        ProjectionExpression: "event_type",
      },
    },
  },
};
