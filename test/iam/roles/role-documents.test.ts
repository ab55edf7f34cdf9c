import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../../../src/iam/evaluate.ts";
import { evaluateTrust } from "../../../src/iam/evaluate-trust.ts";
import { compileSessionPolicy } from "../../../src/iam/compile-session-policy.ts";
import { interrogateAthena } from "../../../src/iam/interrogate-athena.ts";
import { interrogateDynamoDb } from "../../../src/iam/interrogate-dynamodb.ts";
import { withExpiry } from "../../../src/iam/lease-policy.ts";
import { byEngine } from "../../../src/iam/planned-calls.ts";
import type { AuthorizationRequest, PolicyDocument } from "../../../src/iam/policy-document.ts";
import { publishedRunbooks } from "../../../src/iam/roles/needed-rights.ts";
import { documentOf, type RoleDocument } from "../../../src/iam/roles/role-document.ts";
import { roleDocuments, type RolesInput } from "../../../src/iam/roles/role-documents.ts";
import { sessionContext } from "../../../src/iam/roles/sample-request.ts";
import { isBotTrust } from "../../../src/iam/roles/trust.ts";
import { buildPlan } from "../../../src/runbook/build-plan.ts";
import { checkInputs } from "../../../src/runbook/check-inputs.ts";
import type { LoadedRunbook } from "../../../src/runbook/runbook.ts";
import type { Parameter } from "../../../src/runbook/parameter.ts";
import type { PlanDraft } from "../../../src/runbook/plan.ts";
import { checkSql } from "../../../src/sql/check-sql.ts";
import { now, policiesOf, roleOf, shippedInput } from "./shipped-roles.ts";

const expiresAt = new Date(now.getTime() + 60_000);
let input: RolesInput;
let roles: RoleDocument[];

beforeAll(async () => {
  input = await shippedInput();
  roles = roleDocuments(input);
});

function as(request: AuthorizationRequest, more: Record<string, string> = {}): AuthorizationRequest {
  return {
    ...request,
    context: { ...sessionContext, "aws:ViaAWSService": "false", ...request.context, ...more },
  };
}

describe("the generated roles", () => {
  test("are one for the bot and one for each role that the catalogue names", () => {
    expect(roles.map(({ kind, name }) => [kind, name])).toEqual([
      ["bot", "jit-broker"],
      ["data", "jit-data-athena-read"],
      ["data", "jit-data-dynamodb-read"],
      ["data", "jit-data-dynamodb-scan"],
      ["data", "jit-data-dynamodb-write"],
      ["janitor", "jit-janitor-athena"],
    ]);
    for (const role of roles) expect(role.maxSessionSeconds).toBe(3600);
  });

  test("are the same whatever order the files were read in", () => {
    const { runbooks, dataSources, access } = input.catalogue;
    const reversed = {
      runbooks: new Map([...runbooks].toReversed()),
      dataSources: new Map([...dataSources].toReversed()),
      access,
    };
    expect(roleDocuments({ ...input, catalogue: reversed })).toEqual(roles);
  });

  test("say for each right which runbooks need it", () => {
    const [rights] = roleOf(roles, "jit-data-dynamodb-read").policies;
    expect(rights?.statements.map(({ statement, neededBy }) => [statement.Sid, neededBy])).toEqual([
      ["OrdersGetItemTable", ["orders-by-id"]],
      ["OrdersQueryGsiCustomer", ["orders-recent-of-customer"]],
      ["OrdersQueryGsiStatus", ["orders-stuck-by-status"]],
    ]);
  });

  test("lose the rights of a runbook that no policy of access.yml opens any more", () => {
    const { access } = input.catalogue;
    const policies = access.policies.map((policy) => ({
      ...policy,
      runbooks: (policy.runbooks ?? []).map((pattern) => (pattern === "orders-*" ? "orders-by-id" : pattern)),
    }));
    const closed = { ...input.catalogue, access: { ...access, policies } };
    expect(publishedRunbooks(closed).map(({ metadata }) => metadata.name)).not.toContain(
      "orders-stuck-by-status",
    );
    const [rights] = roleOf(
      roleDocuments({ ...input, catalogue: closed }),
      "jit-data-dynamodb-read",
    ).policies;
    expect(rights?.statements.map(({ statement }) => statement.Sid)).toEqual(["OrdersGetItemTable"]);
  });

  test("name no resource by a wildcard in an Allow, but for the files of a folder", () => {
    const patterns = roles.flatMap((role) =>
      role.policies.flatMap(({ statements }) =>
        statements.flatMap(({ statement }) =>
          statement.Effect === "Allow" ? [statement.Action, statement.Resource].flat() : [],
        ),
      ),
    );
    const withStar = patterns.filter((text) => text.includes("*"));
    expect(withStar).not.toEqual([]);
    for (const text of withStar) expect(text).toMatch(/^arn:aws:s3:::[^*]+\/\*$/);
  });

  test("fit IAM's limits", () => {
    for (const role of roles) {
      expect(JSON.stringify(role.trust).length).toBeLessThanOrEqual(2048);
      for (const policy of [...role.policies, ...(role.boundary ? [role.boundary] : [])]) {
        expect(JSON.stringify(documentOf(policy)).length).toBeLessThanOrEqual(6144);
        for (const { statement } of policy.statements) expect(statement.Sid).toMatch(/^[A-Za-z0-9]+$/);
      }
    }
  });
});

describe("the bot's role", () => {
  test("does to its table what the store's commands do, and no more", () => {
    const store = join(import.meta.dirname, "../../../src/store");
    const used = globSync("*.ts", { cwd: store })
      // `jit setup` does these two, by the right of whoever deploys.
      .filter((file) => file !== "create-table.ts" && file !== "expire-counters.ts")
      .flatMap((file) => [...readFileSync(join(store, file), "utf8").matchAll(/new ([A-Za-z]+)Command\(/g)])
      .map(([, name]) => `dynamodb:${name}`);
    const allowed = policiesOf(roleOf(roles, "jit-broker"))
      .flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action))
      .filter((action) => action.startsWith("dynamodb:"));
    const forDoctor = ["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive"];
    expect([...new Set([...used, ...forDoctor])].sort()).toEqual([...new Set(allowed)].sort());
  });

  test("assumes the roles of the catalogue and none beside them", () => {
    const identity = policiesOf(roleOf(roles, "jit-broker"));
    for (const role of [
      "jit-data-athena-read",
      "jit-data-dynamodb-read",
      "jit-data-dynamodb-scan",
      "jit-data-dynamodb-write",
      "jit-janitor-athena",
      "jit-data-other",
    ]) {
      for (const action of ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]) {
        const resource = `arn:aws:iam::111122223333:role/${role}`;
        expect(evaluate({ identity }, { action, resource, context: {} }).allowed).toBe(
          role !== "jit-data-other",
        );
      }
    }
  });
});

describe("the trust of a data role", () => {
  const callers = ["arn:aws:iam::111122223333:user/jit-broker"];
  const tags = {
    "aws:RequestTag/grant": "R1",
    "aws:RequestTag/runbook": "r",
    "aws:RequestTag/version": "1.0.0",
  };
  const assume = {
    "sts:ExternalId": "jit-sandbox",
    "sts:RoleSessionName": "jit-R1-1",
    "sts:SourceIdentity": "T0SANDBOX.U0ONCALL",
    ...tags,
  };
  const ask = (action: string, context: Record<string, string | string[]>, by = callers) => {
    const { trust } = roleOf(roles, "jit-data-dynamodb-read");
    if (!isBotTrust(trust)) throw new Error("not for the bot");
    return evaluateTrust(trust, { action, callers: by, context }).allowed;
  };

  test("opens to the bot for a person, with external id and tags", () => {
    expect(ask("sts:AssumeRole", assume)).toBe(true);
    expect(ask("sts:SetSourceIdentity", { "sts:SourceIdentity": "E0GRID.W0PERSON" })).toBe(true);
    expect(ask("sts:TagSession", { ...tags, "aws:TagKeys": ["grant", "runbook", "version"] })).toBe(true);
  });

  test.each<[string, string, Record<string, string | string[] | undefined>]>([
    ["without the external id", "sts:AssumeRole", { ...assume, "sts:ExternalId": undefined }],
    ["with another external id", "sts:AssumeRole", { ...assume, "sts:ExternalId": "jit-sandbox2" }],
    ["for nobody", "sts:AssumeRole", { ...assume, "sts:SourceIdentity": undefined }],
    ["for the janitor", "sts:AssumeRole", { ...assume, "sts:SourceIdentity": "jit-janitor" }],
    ["without a grant", "sts:AssumeRole", { ...assume, "aws:RequestTag/grant": undefined }],
    ["under another session name", "sts:AssumeRole", { ...assume, "sts:RoleSessionName": "console" }],
    ["with one more tag", "sts:TagSession", { "aws:TagKeys": ["grant", "admin"] }],
    [
      "with tags that go onward",
      "sts:TagSession",
      { "aws:TagKeys": ["grant"], "sts:TransitiveTagKeys": ["grant"] },
    ],
    ["for a source identity that is no person", "sts:SetSourceIdentity", { "sts:SourceIdentity": "root" }],
  ])("stays shut %s", (_title, action, context) => {
    const given = Object.fromEntries(
      Object.entries(context).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
    );
    expect(ask(action, given)).toBe(false);
  });

  test("stays shut to anybody else in the account", () => {
    expect(ask("sts:AssumeRole", assume, ["arn:aws:iam::111122223333:role/other"])).toBe(false);
  });
});

describe("the revoker", () => {
  test("puts policies on data roles that have their boundary, and on nothing else", async () => {
    const made = roleDocuments({ ...input, revoker: "arn:aws:iam::111122223333:role/jit-revoker" });
    const revoker = roleOf(made, "jit-revoker");
    const may = (action: string, role: string, boundary: string) =>
      evaluate(
        { identity: policiesOf(revoker) },
        {
          action,
          resource: `arn:aws:iam::111122223333:role/${role}`,
          context: { "iam:PermissionsBoundary": `arn:aws:iam::111122223333:policy/${boundary}` },
        },
      ).allowed;
    const [data, boundary] = ["jit-data-dynamodb-read", "jit-data-dynamodb-read-boundary"];
    expect(may("iam:PutRolePolicy", data, boundary)).toBe(true);
    expect(may("iam:PutRolePolicy", data, "other")).toBe(false);
    expect(may("iam:PutRolePolicy", "jit-bot", boundary)).toBe(false);
    for (const action of [
      "iam:AttachRolePolicy",
      "iam:DeleteRolePermissionsBoundary",
      "iam:UpdateAssumeRolePolicy",
    ])
      expect(may(action, data, boundary)).toBe(false);
    const [assumed] = policiesOf(roleOf(made, "jit-broker"))[0]?.Statement ?? [];
    expect(assumed?.Resource).toContain(revoker.arn);
  });
});

describe("role and session policy together", () => {
  test("allow every call of every shipped runbook, and the role alone denies what no runbook does", async () => {
    const published = publishedRunbooks(input.catalogue);
    expect(published.length).toBeGreaterThan(15);
    for (const runbook of published) {
      for (const { given, expect: outcome } of runbook.tests) {
        const plan = await planOf(runbook, given.parameters);
        expect([runbook.metadata.name, plan !== undefined]).toEqual([runbook.metadata.name, outcome.valid]);
        if (plan) expectServes(plan);
      }
      const served = fc.asyncProperty(rawInputs(runbook), async (raw) => {
        const plan = await planOf(runbook, raw);
        if (plan) expectServes(plan);
      });
      await fc.assert(served, { numRuns: 10 });
    }
  });

  function expectServes(plan: PlanDraft): void {
    const role = roleOf(roles, plan.target.role);
    const { calls, tables: schemas, target, athena } = plan;
    const planned = { calls, schemas, target, ...(athena && { athena }) };
    const session = [withExpiry(compileSessionPolicy(planned), expiresAt)];
    const identity = policiesOf(role);
    const boundary = role.boundary ? [documentOf(role.boundary)] : [];
    const { engine, plan: own } = byEngine(planned);
    const { questions } =
      engine === "athena" ? interrogateAthena(own, now, expiresAt) : interrogateDynamoDb(own, now, expiresAt);
    const foreign: PolicyDocument[][] = [identity, boundary];
    for (const { check, request } of questions) {
      const asked = as(request);
      if (check.expect === "allowed") {
        expect([check, evaluate({ identity, session }, asked).allowed]).toEqual([check, true]);
        expect([check, evaluate({ identity: boundary, session }, asked).allowed]).toEqual([check, true]);
      } else if (neverOurs.has(check.mutation ?? "") && !isPlanned(plan, check.mutation)) {
        for (const layer of foreign)
          expect([check, evaluate({ identity: layer }, asked).allowed]).toEqual([check, false]);
      } else if (neverTheRoles.has(check.mutation ?? "")) {
        expect([check, evaluate({ identity }, asked).allowed]).toEqual([check, false]);
      }
    }
    for (const [action, resource] of outside.filter(([one]) => !isPlanned(plan, one))) {
      for (const layer of foreign)
        expect(evaluate({ identity: layer }, as({ action, resource, context: {} })).allowed).toBe(false);
    }
    const [first] = questions;
    if (!first) throw new Error("no question");
    const untagged = as(first.request);
    for (const key of ["aws:PrincipalTag/grant", "aws:SourceIdentity"]) {
      const { [key]: _, ...context } = untagged.context;
      for (const layer of foreign)
        expect(evaluate({ identity: layer }, { ...untagged, context })).toMatchObject({ denial: "explicit" });
    }
  }
});

/** A write's role may also be asked for its other call, by its policy's own statement. */
function isPlanned({ calls }: PlanDraft, mutation: string | undefined): boolean {
  return calls.some(({ action }) => action === mutation);
}

/** Mutations of a planned call that no runbook of the role asks for either. */
const neverOurs = new Set([
  "another table",
  "another index",
  "another region",
  "another account",
  "Scan",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:PartiQLSelect",
  "dynamodb:PartiQLUpdate",
  "dynamodb:ExportTableToPointInTime",
  "sts:AssumeRole",
  "athena:StopQueryExecution",
  "glue:UpdateTable",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:PutBucketPolicy",
]);

/** The same for the role alone; a boundary has no such fine conditions. */
const neverTheRoles = new Set([
  "no partition named",
  "no attribute named",
  "whole items",
  "no selection named",
  "the same table through another region",
]);

const outside: readonly [action: string, resource: string][] = [
  ["iam:CreateUser", "arn:aws:iam::111122223333:user/other"],
  ["iam:PutRolePolicy", "arn:aws:iam::111122223333:role/jit-data-dynamodb-read"],
  ["sts:AssumeRole", "arn:aws:iam::111122223333:role/jit-data-athena-read"],
  ["sts:GetFederationToken", "*"],
  ["dynamodb:Scan", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"],
  ["dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/jit-requests"],
  ["s3:GetObject", "arn:aws:s3:::org-trail-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/part-00000.gz"],
  ["secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:other"],
  ["lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:other"],
];

/** Inputs of one of the runbook's own tests, with some left out and some made up. */
function rawInputs(runbook: LoadedRunbook) {
  const given = runbook.tests.filter(({ expect: { valid } }) => valid).map((one) => one.given.parameters);
  const { properties, required = [] } = runbook.parameters;
  const changes = Object.fromEntries(
    Object.entries(properties).map(([name, parameter]) => [
      name,
      fc.oneof(
        { weight: 3, arbitrary: fc.constant("as given") },
        { weight: required.includes(name) ? 0 : 1, arbitrary: fc.constant("left out") },
        { weight: 2, arbitrary: madeUp(parameter).map((value) => ({ value })) },
      ),
    ]),
  );
  return fc.record({ base: fc.constantFrom(...given), change: fc.record(changes) }).map(({ base, change }) =>
    Object.fromEntries(
      Object.keys(properties).flatMap((name): [string, unknown][] => {
        const how = change[name];
        if (typeof how === "object") return how.value === undefined ? [] : [[name, how.value]];
        return how === "left out" || !(name in base) ? [] : [[name, base[name]]];
      }),
    ),
  );
}

function madeUp(parameter: Parameter): fc.Arbitrary<unknown> {
  switch (parameter.type) {
    case "string":
      if (parameter.enum) return fc.constantFrom(...parameter.enum);
      if (parameter.pattern !== undefined) return fc.stringMatching(new RegExp(parameter.pattern));
      return fc.constantFrom(...(parameter.examples ?? [undefined]));
    case "integer":
    case "number":
      return fc
        .integer({ min: Math.ceil(parameter.minimum), max: Math.floor(parameter.maximum) })
        .map(String);
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.subarray(parameter.items.enum, { minLength: 1, maxLength: parameter.maxItems });
    case "sql":
      return fc.constantFrom(...parameter.examples);
  }
}

/** Undefined for inputs that the runbook refuses. */
async function planOf(runbook: LoadedRunbook, raw: Record<string, unknown>): Promise<PlanDraft | undefined> {
  const dataSource = input.catalogue.dataSources.get(runbook.datasource);
  if (!dataSource) throw new Error("no data source");
  const checked = await checkInputs({ runbook, dataSource, raw, now }, async (sql, guardrails, at) =>
    checkSql(sql, guardrails, at),
  );
  if (checked.status === "invalid") return undefined;
  return buildPlan({
    runbook,
    dataSource,
    inputs: checked.inputs,
    query: checked.query,
    requestId: "R0000000000000001",
    requester: { teamId: "T0SANDBOX", userId: "U0ONCALL" },
    grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
    createdAt: now,
  });
}
