import { describe, expect, test } from "vitest";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { checkPolicyFits } from "../../src/iam/lease-policy.ts";
import type { PlannedCalls } from "../../src/iam/planned-calls.ts";
import { PolicyRefused } from "../../src/iam/policy-refused.ts";
import type { AthenaScope } from "../../src/runbook/athena-plan.ts";
import { key, ownBucket, planOf, query, scope, target } from "./athena-plans.ts";
import { oneOrder, schemas } from "./planned-calls.ts";

const throughAthena = { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } };

test("a query may start in its workgroup, and Athena may read its tables and folders", () => {
  expect(compileSessionPolicy(planOf())).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
        Resource: "arn:aws:athena:eu-west-1:111122223333:workgroup/jit-cloudtrail",
        Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
      },
      {
        Effect: "Allow",
        Action: ["glue:GetDatabase", "glue:GetTable", "s3:GetBucketLocation", "s3:GetObject"],
        Resource: [
          "arn:aws:glue:eu-west-1:111122223333:catalog",
          "arn:aws:glue:eu-west-1:111122223333:database/audit",
          "arn:aws:glue:eu-west-1:111122223333:table/audit/cloudtrail_logs",
          "arn:aws:s3:::org-trail-logs",
          "arn:aws:s3:::org-trail-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/*",
          "arn:aws:s3:::org-trail-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21/*",
        ],
        Condition: throughAthena,
      },
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: ["arn:aws:s3:::org-trail-logs"],
        Condition: {
          ...throughAthena,
          StringLike: { "s3:prefix": ["AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/*"] },
        },
      },
    ],
  });
});

test("results in a bucket of one's own may be written to their folder and read from it", () => {
  const { Statement } = compileSessionPolicy(planOf({ workgroup: ownBucket }));
  expect(Statement[1]?.Resource).toContain("arn:aws:s3:::query-results/jit/*");
  expect(Statement[2]).toMatchObject({
    Resource: ["arn:aws:s3:::org-trail-logs", "arn:aws:s3:::query-results"],
    Condition: {
      StringLike: { "s3:prefix": ["AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/*", "jit/*"] },
    },
  });
  expect(Statement.slice(3)).toEqual([
    {
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: "arn:aws:s3:::query-results/jit/*",
      Condition: throughAthena,
    },
  ]);
});

test("data that Lake Formation vends is not opened in S3", () => {
  const { Statement } = compileSessionPolicy(planOf({ lakeFormation: true }));
  expect(JSON.stringify(Statement)).not.toContain("s3:");
  expect(Statement.at(-1)).toEqual({
    Effect: "Allow",
    Action: "lakeformation:GetDataAccess",
    Resource: "*",
    Condition: throughAthena,
  });
});

test("keys may be used by Athena only where the catalogue names them", () => {
  expect(JSON.stringify(compileSessionPolicy(planOf()))).not.toContain("kms:");
  const [, reads] = compileSessionPolicy(planOf({ kmsKeys: [key] })).Statement;
  expect(reads?.Resource).toContain(key);
  expect(reads?.Action).toEqual(expect.arrayContaining(["kms:Decrypt", "kms:GenerateDataKey"]));
});

test("the catalogue may belong to another account than the workgroup", () => {
  const glue = { ...scope.glue, catalogId: "444455556666" };
  const [, reads] = compileSessionPolicy(planOf({ glue })).Statement;
  expect(reads?.Resource).toContain("arn:aws:glue:eu-west-1:444455556666:table/audit/cloudtrail_logs");
});

test("a folder inside another one is not written twice", () => {
  const data = [
    { bucket: "logs", prefix: "a/b/" },
    { bucket: "logs", prefix: "a/" },
    { bucket: "logs", prefix: "a/" },
    { bucket: "logs", prefix: "ab/" },
  ];
  const [, reads] = compileSessionPolicy(planOf({ data })).Statement;
  expect([reads?.Resource].flat().filter((arn) => arn?.endsWith("*"))).toEqual([
    "arn:aws:s3:::logs/a/*",
    "arn:aws:s3:::logs/ab/*",
  ]);
});

test("names may be listed in the folder that all data of a bucket shares, or in each if none does", () => {
  const listed = (...prefixes: string[]) =>
    compileSessionPolicy(planOf({ data: prefixes.map((prefix) => ({ bucket: "logs", prefix })) }))
      .Statement[2]?.Condition?.["StringLike"]?.["s3:prefix"];
  expect(listed("a/b/")).toEqual(["a/b/*"]);
  expect(listed("a/b/20/", "a/b/21/")).toEqual(["a/b/*"]);
  expect(listed("a/b/", "a/b/21/")).toEqual(["a/b/*"]);
  expect(listed("a/b/", "a/bc/")).toEqual(["a/*"]);
  expect(listed("a/b/", "ab/b/")).toEqual(["a/b/*", "ab/b/*"]);
});

describe("the length that STS takes", () => {
  test("two days of an organisation's trail take less than three quarters of it", () => {
    expect(checkPolicyFits(compileSessionPolicy(planOf())).characters).toBeLessThan(1_500);
  });

  test("four days of an organisation's trail, own results bucket and a key fit", () => {
    const { characters } = checkPolicyFits(
      compileSessionPolicy(planOf({ data: days(4), workgroup: ownBucket, kmsKeys: [key] })),
    );
    expect(characters).toBeLessThanOrEqual(2_048);
  });

  test("a month of single days does not, and says what to do", () => {
    expect(refusalOf(() => checkPolicyFits(compileSessionPolicy(planOf({ data: days(30) }))))).toMatchObject({
      code: "too-long",
      message: expect.stringContaining("fewer tables, days or accounts") as string,
    });
  });
});

describe("what can't be written so that it means only itself is refused", () => {
  const table = (name: string) => ({ glue: { ...scope.glue, tables: [{ database: "audit", table: name }] } });
  const database = (name: string) => ({ glue: { ...scope.glue, tables: [{ database: name, table: "t" }] } });
  const prefix = (text: string) => ({ data: [{ bucket: "logs", prefix: text }] });
  const bucket = (text: string) => ({ data: [{ bucket: text, prefix: "a/" }] });
  const workgroup = (name: string) => ({ workgroup: { ...scope.workgroup, name } });
  test.each<[string, Partial<AthenaScope>]>([
    ["every table", table("*")],
    ["a pattern of tables", table("cloudtrail_?")],
    ["a policy variable as table", table("${aws:userid}")],
    ["a table with a separator", table("a/b")],
    ["an empty table", table("")],
    ["every database", database("*")],
    ["a database with a separator", database("audit/x")],
    ["every workgroup", workgroup("*")],
    ["a pattern of workgroups", workgroup("jit-?")],
    ["a policy variable as workgroup", workgroup("${aws:PrincipalTag/grant}")],
    ["every catalogue", { glue: { ...scope.glue, catalogId: "*" } }],
    ["every bucket", bucket("*")],
    ["a pattern of buckets", bucket("log?")],
    ["a bucket with a folder", bucket("logs/a")],
    ["a policy variable as folder", prefix("${aws:username}/")],
    ["a pattern of folders", prefix("a*/")],
    ["one unknown character", prefix("a?/")],
    ["the whole bucket", prefix("")],
    ["the root folder", prefix("/")],
    ["a prefix that is no folder", prefix("AWSLogs")],
    ["a quote", prefix('a"/')],
    ["a line break", prefix("a\n/")],
    ["a letter beyond ASCII", prefix("ä/")],
    [
      "a results folder by pattern",
      { workgroup: { ...ownBucket, results: { kind: "bucket", bucket: "r", prefix: "*" } } },
    ],
    ["every key", { kmsKeys: ["arn:aws:kms:eu-west-1:111122223333:key/*"] }],
    ["an alias", { kmsKeys: ["arn:aws:kms:eu-west-1:111122223333:alias/data"] }],
    ["a key of another partition", { kmsKeys: ["arn:aws-cn:kms:eu-west-1:111122223333:key/1"] }],
    ["what is no key", { kmsKeys: ["*"] }],
  ])("%s", (_title, change) => {
    expect(refusalOf(() => compileSessionPolicy(planOf(change)))).toMatchObject({ code: "resource" });
  });
});

describe("a plan that contradicts itself is refused", () => {
  const { athena: _, ...withoutScope } = planOf();
  const elsewhere = query();
  test.each<[string, string, PlannedCalls]>([
    ["no calls", "no-calls", { ...planOf(), calls: [] }],
    ["a query without scope", "scope", withoutScope],
    ["a scope without query", "scope", { ...planOf(), calls: [oneOrder], schemas }],
    ["both engines", "scope", { ...withoutScope, calls: [query(), oneOrder], schemas }],
    [
      "another workgroup",
      "scope",
      { ...planOf(), calls: [query({ ...scope, workgroup: { ...ownBucket, name: "x" } })] },
    ],
    [
      "another catalogue",
      "scope",
      { ...planOf(), calls: [inContext({ Catalog: "lambda", Database: "audit" })] },
    ],
    [
      "another database",
      "scope",
      { ...planOf(), calls: [inContext({ Catalog: "AwsDataCatalog", Database: "crm" })] },
    ],
    [
      "a second query elsewhere",
      "scope",
      { ...planOf(), calls: [query(), inContext({ Catalog: "x", Database: "audit" })] },
    ],
    ["no table", "scope", planOf({ glue: { ...scope.glue, tables: [] } })],
    ["no data", "scope", planOf({ data: [] })],
    [
      "results among the data",
      "scope",
      planOf({
        workgroup: resultsIn("org-trail-logs", "AWSLogs/results/"),
        data: [{ bucket: "org-trail-logs", prefix: "AWSLogs/" }],
      }),
    ],
    ["data among the results", "scope", planOf({ workgroup: resultsIn("org-trail-logs", "AWSLogs/") })],
    ["a wildcard as region", "resource", { ...planOf(), target: { ...target, region: "*" } }],
    ["a wildcard as account", "resource", { ...planOf(), target: { ...target, account: "*" } }],
  ])("%s: %s", (_title, code, plan) => {
    expect(refusalOf(() => compileSessionPolicy(plan))).toMatchObject({ code });
  });

  function inContext(QueryExecutionContext: { Catalog: string; Database: string }) {
    return { ...elsewhere, request: { ...elsewhere.request, QueryExecutionContext } };
  }
});

function resultsIn(bucket: string, prefix: string): AthenaScope["workgroup"] {
  return { ...ownBucket, results: { kind: "bucket", bucket, prefix } };
}

function days(count: number): AthenaScope["data"] {
  return Array.from({ length: count }, (_, day) => ({
    bucket: "org-trail-logs",
    prefix: `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/${String(day + 1).padStart(2, "0")}/`,
  }));
}

function refusalOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof PolicyRefused) return { code: error.code, message: error.message };
    throw error;
  }
}
