import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { athenaAuthorization } from "../../src/iam/athena-authorization.ts";
import { covers } from "../../src/iam/athena-mutations.ts";
import { athenaRights } from "../../src/iam/athena-rights.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import { evaluate } from "../../src/iam/evaluate.ts";
import { leasePolicy } from "../../src/iam/lease-policy.ts";
import { byEngine, type PlannedCalls } from "../../src/iam/planned-calls.ts";
import type { Conditions, PolicyDocument, Statement } from "../../src/iam/policy-document.ts";
import type { Proof, ProofFailure } from "../../src/iam/policy-proof.ts";
import { PolicyRefused } from "../../src/iam/policy-refused.ts";
import { proveSessionPolicy } from "../../src/iam/prove-session-policy.ts";
import { athenaPlans, key, ownBucket, planOf, scope } from "./athena-plans.ts";

const now = new Date("2026-11-21T02:26:10Z");
const expiresAt = new Date("2026-11-21T02:31:10.500Z");

/** Every statement there is, but the vended one, and every sort of resource. */
const full = planOf({
  workgroup: ownBucket,
  kmsKeys: [key],
  data: scope.data.concat({ bucket: "more-logs", prefix: "a/b/" }),
});
const vended = planOf({ lakeFormation: true });

describe("compiled policies", () => {
  test("every plan is proven, or refused as contradicting itself or for its length", () => {
    fc.assert(
      fc.property(athenaPlans, (plan) => {
        expect(["proven", "scope", "too-long"]).toContain(outcomeOf(plan));
      }),
      { numRuns: 100 },
    );
  });

  test("they allow what is among the rights of the plan, and of another plan's rights nothing else", () => {
    fc.assert(
      fc.property(athenaPlans, athenaPlans, (plan, other) => {
        const policy = provable(plan);
        const rights = rightsOf(plan);
        for (const right of rightsOf(other)) {
          const request = athenaAuthorization(right, other.target, now);
          const { allowed } = evaluate({ identity: [everything], session: [policy] }, request);
          const planned = rights.some((one) => covers(one, request, plan.target, now));
          expect({ request, allowed }).toEqual({ request, allowed: planned });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the policy of another plan is never proven, unless both need the same", () => {
    fc.assert(
      fc.property(athenaPlans, athenaPlans, (plan, other) => {
        const policy = provable(other);
        fc.pre(JSON.stringify(provable(plan)) !== JSON.stringify(policy));
        expect(prove(plan, policy).proven).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("the proof asks for each way out that there is", () => {
    const proof = prove(full, provable(full));
    const denied = proof.proven ? proof.checks.filter((check) => check.expect === "denied") : [];
    const asked = denied.map(({ call, mutation }) => `${call}: ${mutation}`);
    expect(asked).toEqual(
      expect.arrayContaining([
        "athena:StartQueryExecution workgroup/jit-cloudtrail: another name than jit-cloudtrail",
        "athena:StartQueryExecution workgroup/jit-cloudtrail: athena:StopQueryExecution",
        "athena:StartQueryExecution workgroup/jit-cloudtrail: athena:CreateNamedQuery",
        "athena:StartQueryExecution workgroup/jit-cloudtrail: athena:DeleteWorkGroup",
        "athena:StartQueryExecution workgroup/jit-cloudtrail: another region",
        "athena:StartQueryExecution workgroup/jit-cloudtrail: the same through another region",
        "athena:StartQueryExecution workgroup/jit-cloudtrail: another account",
        "athena:GetQueryResults workgroup/jit-cloudtrail: the moment access ends",
        "athena:StartQueryExecution: dynamodb:Scan",
        "athena:StartQueryExecution: dynamodb:Query through Athena",
        "athena:StartQueryExecution: lakeformation:GetDataAccess through Athena",
        "glue:GetTable table/audit/cloudtrail_logs: another name than audit",
        "glue:GetTable table/audit/cloudtrail_logs: another name than cloudtrail_logs",
        "glue:GetTable table/audit/cloudtrail_logs: by the session itself",
        "glue:GetTable table/audit/cloudtrail_logs: glue:UpdateTable",
        "s3:GetObject more-logs/a/b/: by the session itself",
        "s3:GetObject more-logs/a/b/: through cloudformation.amazonaws.com",
        "s3:GetObject more-logs/a/b/: another bucket",
        "s3:GetObject more-logs/a/b/: the folder above",
        "s3:GetObject more-logs/a/b/: a folder that starts alike",
        "s3:GetObject more-logs/a/b/: s3:PutObject",
        "s3:GetObject more-logs/a/b/: the moment access ends",
        "s3:ListBucket more-logs: listing without a prefix",
        "s3:ListBucket more-logs: listing the folder above",
        "s3:PutObject query-results/jit/: by the session itself",
        `kms:Decrypt key/${key.split("/")[1]}: kms:CreateGrant`,
      ]),
    );
    const allowed = proof.proven ? proof.checks.length - denied.length : 0;
    expect(allowed).toBe(rightsOf(full).length);
  });
});

describe("the prover finds what is wrong", () => {
  const statements = ["queries", "reads", "lists", "writes"] as const;
  const of = (kind: (typeof statements)[number]) => statements.indexOf(kind);

  /** Widenings that a question must find, without the help of the check of the form. */
  test.each<[string, number, (statement: Statement) => Statement]>([
    ["queries start in any region", of("queries"), without("StringEquals", "aws:RequestedRegion")],
    [
      "queries start in any workgroup",
      of("queries"),
      withResource("arn:aws:athena:eu-west-1:111122223333:workgroup/*"),
    ],
    [
      "queries start in workgroups that begin alike",
      of("queries"),
      (s) => ({ ...s, Resource: `${String(s.Resource)}*` }),
    ],
    ["queries start anywhere", of("queries"), withResource("*")],
    ["queries can be stopped", of("queries"), withAction("athena:StopQueryExecution")],
    ["everything in Athena", of("queries"), withAction("athena:*")],
    ["every getter in Athena", of("queries"), withAction("athena:Get*")],
    ["any table", of("reads"), withResource("arn:aws:glue:eu-west-1:111122223333:table/audit/*")],
    [
      "any database's table of the name",
      of("reads"),
      withResource("arn:aws:glue:eu-west-1:111122223333:table/*/cloudtrail_logs"),
    ],
    ["any database", of("reads"), withResource("arn:aws:glue:eu-west-1:111122223333:database/*")],
    ["any account's catalogue", of("reads"), withResource("arn:aws:glue:eu-west-1:*:catalog")],
    ["any region's catalogue", of("reads"), withResource("arn:aws:glue:*:111122223333:catalog")],
    ["tables can be listed", of("reads"), withAction("glue:GetTables")],
    ["tables can be changed", of("reads"), withAction("glue:UpdateTable")],
    ["everything in Glue", of("reads"), withAction("glue:*")],
    ["the whole bucket", of("reads"), withResource("arn:aws:s3:::org-trail-logs/*")],
    ["the folder above", of("reads"), withResource("arn:aws:s3:::more-logs/a/*")],
    ["folders that begin alike", of("reads"), withResource("arn:aws:s3:::more-logs/a/b*")],
    ["any bucket", of("reads"), withResource("arn:aws:s3:::*")],
    ["any resource", of("reads"), withResource("*")],
    ["data can be written", of("reads"), withAction("s3:PutObject")],
    ["data can be deleted", of("reads"), withAction("s3:DeleteObject")],
    ["old versions can be read", of("reads"), withAction("s3:GetObjectVersion")],
    ["everything in S3", of("reads"), withAction("s3:*")],
    ["keys can be given away", of("reads"), withAction("kms:CreateGrant")],
    ["any key", of("reads"), withResource("arn:aws:kms:eu-west-1:111122223333:key/*")],
    ["the whole bucket can be listed", of("lists"), without("StringLike", "s3:prefix")],
    ["any prefix can be listed", of("lists"), withValue("StringLike", "s3:prefix", "*")],
    ["a missing prefix passes", of("lists"), replaced("StringLike", "StringLikeIfExists")],
    [
      "folders that begin alike can be listed",
      of("lists"),
      withValue("StringLike", "s3:prefix", [
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/*",
        "a/b*",
        "jit/*",
      ]),
    ],
    ["versions can be listed", of("lists"), withAction("s3:ListBucketVersions")],
    ["any bucket can be listed", of("lists"), withResource("arn:aws:s3:::*")],
    [
      "results can be written anywhere in the bucket",
      of("writes"),
      withResource("arn:aws:s3:::query-results/*"),
    ],
    ["results can be written among the data", of("writes"), withResource("arn:aws:s3:::more-logs/a/b/*")],
    ["results can be deleted", of("writes"), withAction("s3:DeleteObject")],
    ...statements.flatMap((kind, index): [string, number, (statement: Statement) => Statement][] => [
      [`${index} ${kind}: there is no expiry`, index, without("DateLessThan", "aws:CurrentTime")],
      [
        `${index} ${kind}: an hour more`,
        index,
        withValue("DateLessThan", "aws:CurrentTime", "2026-11-21T03:31:10Z"),
      ],
      [`${index} ${kind}: no conditions`, index, (s) => ({ ...s, Condition: {} })],
      [`${index} ${kind}: it denies`, index, (s) => ({ ...s, Effect: "Deny" })],
      [`${index} ${kind}: every action`, index, withAction("*")],
    ]),
    ...statements.flatMap((kind, index): [string, number, (statement: Statement) => Statement][] =>
      kind === "queries"
        ? []
        : [
            [
              `${index} ${kind}: not only through Athena`,
              index,
              without("ForAnyValue:StringEquals", "aws:CalledVia"),
            ],
            [
              `${index} ${kind}: through any service`,
              index,
              replaced("ForAnyValue:StringEquals", "ForAnyValue:StringLike", { "aws:CalledVia": "*" }),
            ],
            [
              `${index} ${kind}: through another service, too`,
              index,
              withValue("ForAnyValue:StringEquals", "aws:CalledVia", [
                "athena.amazonaws.com",
                "cloudformation.amazonaws.com",
              ]),
            ],
            [
              `${index} ${kind}: all of no services fit`,
              index,
              replaced("ForAnyValue:StringEquals", "ForAllValues:StringEquals"),
            ],
            [
              `${index} ${kind}: a missing service passes`,
              index,
              replaced("ForAnyValue:StringEquals", "ForAnyValue:StringEqualsIfExists"),
            ],
          ],
    ),
  ])("by asking, when %s", (_title, index, change) => {
    const policy = changed(provable(full), index, change);
    const asked = failuresOf(prove(full, policy)).filter((failure) => failure.call !== undefined);
    expect(asked).not.toEqual([]);
  });

  test("by asking, whatever single right of a policy is taken away", () => {
    for (const plan of [full, vended]) {
      const policy = provable(plan);
      for (const [index, statement] of policy.Statement.entries()) {
        for (const part of ["Action", "Resource"] as const) {
          for (const value of [statement[part]].flat()) {
            const rest = [statement[part]].flat().filter((other) => other !== value);
            const poorer = changed(policy, index, (s) => ({ ...s, [part]: rest }));
            const asked = failuresOf(prove(plan, poorer)).filter((failure) => failure.call !== undefined);
            expect({ value, asked: asked.length > 0 }).toEqual({ value, asked: true });
          }
        }
      }
    }
  });

  test.each<[string, (policy: PolicyDocument) => PolicyDocument]>([
    [
      "one more table",
      (p) => changed(p, 1, withResource("arn:aws:glue:eu-west-1:111122223333:table/audit/secret")),
    ],
    ["one more folder", (p) => changed(p, 1, withResource("arn:aws:s3:::org-trail-logs/secret/*"))],
    ["one more bucket", (p) => changed(p, 1, withResource("arn:aws:s3:::secret"))],
    ["one more key", (p) => changed(p, 1, withResource(key.replace("1234abcd", "00000000")))],
    [
      "one more listed folder",
      (p) =>
        changed(p, 2, (s) =>
          withValue(
            "StringLike",
            "s3:prefix",
            [[s.Condition?.["StringLike"]?.["s3:prefix"] ?? []].flat(), "secret/*"].flat(),
          )(s),
        ),
    ],
    [
      "one more statement of ours",
      (p) => withStatement(p, changedStatement(p.Statement[2], { Resource: ["arn:aws:s3:::secret"] })),
    ],
    [
      "one more folder to write to",
      (p) => withStatement(p, { ...writing(p), Resource: "arn:aws:s3:::secret/a/*" }),
    ],
    [
      "writing to a folder of data",
      (p) => withStatement(p, { ...writing(p), Resource: "arn:aws:s3:::more-logs/a/b/*" }),
    ],
    [
      "vended data",
      (p) => withStatement(p, { ...writing(p), Action: "lakeformation:GetDataAccess", Resource: "*" }),
    ],
    ["a second statement that starts queries", (p) => withStatement(p, changedStatement(p.Statement[0], {}))],
    [
      "a statement of the other engine",
      (p) =>
        withStatement(p, {
          Effect: "Allow",
          Action: "dynamodb:Query",
          Resource: "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
        }),
    ],
    ["everything", (p) => withStatement(p, { Effect: "Allow", Action: "*", Resource: "*" })],
    ["a statement that denies", (p) => withStatement(p, { Effect: "Deny", Action: "s3:*", Resource: "*" })],
    ["an action twice", (p) => changed(p, 1, withAction("glue:GetTable"))],
    [
      "one more condition",
      (p) =>
        changed(p, 1, (s) => ({
          ...s,
          Condition: { ...s.Condition, Bool: { "aws:ViaAWSService": "true" } },
        })),
    ],
    ["a Sid", (p) => changed(p, 0, (s) => ({ ...s, Sid: "a" }))],
    [
      "an expiry that includes its last second",
      (p) => changed(p, 1, replaced("DateLessThan", "DateLessThanEquals")),
    ],
    ["no statement", (p) => ({ ...p, Statement: [] })],
  ])("whatever was added: %s", (_title, change) => {
    expect(prove(full, change(provable(full))).proven).toBe(false);
  });

  test("when an action was added that finds nothing to act on", () => {
    const plan = planOf();
    expect(failuresOf(prove(plan, changed(provable(plan), 1, withAction("kms:Decrypt"))))).toEqual([
      { reason: "Statement 2 allows kms:Decrypt, which no call asks for." },
    ]);
  });

  test("when the run starts after the end of its lease", () => {
    const late = proveSessionPolicy({ ...full, policy: provable(full), now: expiresAt, expiresAt });
    expect(failuresOf(late)).toContainEqual({
      call: "athena:StartQueryExecution workgroup/jit-cloudtrail",
      reason:
        "Call athena:StartQueryExecution workgroup/jit-cloudtrail is planned, but the session policy denies it.",
    });
  });

  test("when the plan can't be read", () => {
    const { athena: _, ...withoutScope } = full;
    const policy = provable(full);
    expect(failuresOf(prove(withoutScope, policy))).toEqual([
      { reason: "What Athena may touch is given without a query, or a query without what it may touch." },
    ]);
    const star = planOf({ glue: { ...scope.glue, tables: [{ database: "audit", table: "*" }] } });
    expect(failuresOf(prove(star, policy))).toEqual([{ reason: '"*" is not the name of a Glue table.' }]);
  });
});

const everything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

function rightsOf(plan: PlannedCalls) {
  const split = byEngine(plan);
  if (split.engine !== "athena") throw new Error("fixture");
  return athenaRights(split.plan);
}

function outcomeOf(plan: PlannedCalls): string {
  const lease = leaseOf(plan);
  if (lease instanceof PolicyRefused) return lease.code;
  const proof = prove(plan, lease);
  return proof.proven ? "proven" : proof.failures.map((failure) => failure.reason).join("\n");
}

function leaseOf(plan: PlannedCalls): PolicyDocument | PolicyRefused {
  try {
    return JSON.parse(leasePolicy(compileSessionPolicy(plan), expiresAt)) as PolicyDocument;
  } catch (error) {
    if (error instanceof PolicyRefused) return error;
    throw error;
  }
}

function provable(plan: PlannedCalls): PolicyDocument {
  const lease = leaseOf(plan);
  fc.pre(!(lease instanceof PolicyRefused));
  if (lease instanceof PolicyRefused) throw lease;
  return lease;
}

function prove(plan: PlannedCalls, policy: PolicyDocument): Proof {
  return proveSessionPolicy({ ...plan, policy, expiresAt, now });
}

function failuresOf(proof: Proof): readonly ProofFailure[] {
  return proof.proven ? [] : proof.failures;
}

type Change = (statement: Statement) => Statement;

function changed(policy: PolicyDocument, index: number, change: Change): PolicyDocument {
  return { ...policy, Statement: policy.Statement.map((s, at) => (at === index ? change(s) : s)) };
}

function withStatement(policy: PolicyDocument, statement: Statement): PolicyDocument {
  return { ...policy, Statement: [...policy.Statement, statement] };
}

function changedStatement(statement: Statement | undefined, change: Partial<Statement>): Statement {
  if (!statement) throw new Error("no statement");
  return { ...statement, ...change };
}

function writing(policy: PolicyDocument): Statement {
  return changedStatement(policy.Statement.at(-1), {});
}

function withResource(arn: string): Change {
  return (statement) => ({ ...statement, Resource: [statement.Resource, arn].flat() });
}

function withAction(action: string): Change {
  return (statement) => ({ ...statement, Action: [statement.Action, action].flat() });
}

function without(operator: string, conditionKey: string): Change {
  return (statement) => {
    const { [conditionKey]: _, ...keys } = statement.Condition?.[operator] ?? {};
    return { ...statement, Condition: { ...statement.Condition, [operator]: keys } };
  };
}

function withValue(operator: string, conditionKey: string, value: string | string[]): Change {
  return (statement) => ({
    ...statement,
    Condition: {
      ...statement.Condition,
      [operator]: { ...statement.Condition?.[operator], [conditionKey]: value },
    },
  });
}

function replaced(operator: string, other: string, keys: Conditions[string] = {}): Change {
  return (statement) => {
    const { [operator]: old, ...rest } = statement.Condition ?? {};
    return { ...statement, Condition: { ...rest, [other]: { ...old, ...keys } } };
  };
}
