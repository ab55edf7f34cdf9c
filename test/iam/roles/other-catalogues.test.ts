import { describe, expect, test } from "vitest";
import { PolicyRefused } from "../../../src/iam/policy-refused.ts";
import type { Statement } from "../../../src/iam/policy-document.ts";
import { packPolicies } from "../../../src/iam/roles/pack-policies.ts";
import type { ExplainedStatement, RoleDocument } from "../../../src/iam/roles/role-document.ts";
import { roleDocuments } from "../../../src/iam/roles/role-documents.ts";
import { athenaFiles, trail } from "../../runbook/athena-fixture.ts";
import { files, load } from "../../runbook/fixture.ts";
import { policiesOf } from "./shipped-roles.ts";

async function rolesOf(contents: Record<string, unknown>): Promise<RoleDocument[]> {
  const { catalogue, errors } = await load(contents);
  if (!catalogue) throw new Error(errors.join("\n"));
  return roleDocuments({
    catalogue,
    bot: "arn:aws:iam::111122223333:role/jit-bot",
    runsOn: "ecs-tasks.amazonaws.com",
    table: { name: "jit-requests", region: "eu-west-1", indexes: ["due", "person"] },
  });
}

function dataRoleOf(roles: readonly RoleDocument[]): RoleDocument {
  const role = roles.find(({ kind }) => kind === "data");
  if (!role) throw new Error("no data role");
  return role;
}

function statementOf(role: RoleDocument, sid: string): Statement {
  const found = policiesOf(role)
    .flatMap(({ Statement: all }) => all)
    .find(({ Sid }) => Sid === sid);
  if (!found) throw new Error(`no statement ${sid}`);
  return found;
}

describe("the roles of another catalogue", () => {
  test("hold the attributes that only an optional clause names", async () => {
    const role = dataRoleOf(await rolesOf(files()));
    const { Condition } = statementOf(role, "ThingsQueryTable");
    expect(Condition?.["ForAllValues:StringEquals"]?.["dynamodb:Attributes"]).toContain("size");
  });

  test("write results in a bucket, use keys and ask Lake Formation only where the catalogue says so", async () => {
    const key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const contents = athenaFiles();
    const plain = dataRoleOf(await rolesOf(contents));
    expect(
      plain.policies.flatMap(({ statements }) => statements.map(({ statement }) => statement.Sid)),
    ).toEqual([
      "TrailQueries",
      "TrailCatalogue",
      "TrailTables",
      "TrailLocate",
      "TrailRead",
      "TrailList",
      "NoSessionWithoutGrant",
      "NoSessionWithoutPerson",
      "NoWayOnward",
      "NoOtherService",
      "OnlyThroughServices",
    ]);
    const own = {
      ...trail(),
      workgroup: { name: "jit-trail", results: { bucket: "query-results", prefix: "jit/" } },
      kmsKeys: [key],
      lakeFormation: true,
    };
    const { datasources } = contents["datasources.yml"];
    const sources = { ...contents["datasources.yml"], datasources: { ...datasources, trail: own } };
    const role = dataRoleOf(await rolesOf({ ...contents, "datasources.yml": sources }));
    expect(statementOf(role, "TrailResults")).toMatchObject({
      Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
      Resource: ["arn:aws:s3:::query-results/jit/*"],
    });
    expect(statementOf(role, "TrailKeys")).toMatchObject({
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: [key],
    });
    expect(statementOf(role, "TrailVended")).toMatchObject({
      Action: ["lakeformation:GetDataAccess"],
      Resource: ["*"],
    });
    // Lake Formation hands out the data, so the role itself opens none of it.
    expect(JSON.stringify(policiesOf(role))).not.toContain("trail-logs");
  });

  test("allow nothing and deny as ever when no policy of access.yml opens a runbook", async () => {
    const contents = files();
    const access = contents["access.yml"];
    const policies = access.policies.map((policy) => ({ ...policy, runbooks: ["nothing-*"] }));
    const role = dataRoleOf(await rolesOf({ ...contents, "access.yml": { ...access, policies } }));
    const effects = policiesOf(role).flatMap(({ Statement: all }) => all.map(({ Effect }) => Effect));
    expect(new Set(effects)).toEqual(new Set(["Deny"]));
  });
});

describe("statements that are too many for one policy", () => {
  const big = (at: number): ExplainedStatement => ({
    neededBy: ["somebody"],
    statement: {
      Sid: `S${at}`,
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${"x".repeat(2_000)}`,
    },
  });

  test("go on in the next one, in their order", () => {
    const packed = packPolicies("role-rights", [1, 2, 3, 4].map(big));
    expect(
      packed.map(({ name, statements }) => [name, statements.map(({ statement }) => statement.Sid)]),
    ).toEqual([
      ["role-rights-1", ["S1", "S2"]],
      ["role-rights-2", ["S3", "S4"]],
    ]);
  });

  test("are refused when a role can't hold them all", () => {
    const many = Array.from({ length: 60 }, (_, at) => big(at));
    expect(() => packPolicies("role-rights", many)).toThrow(PolicyRefused);
  });
});
