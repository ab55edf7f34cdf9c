import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { asCloudFormation } from "../../../src/iam/roles/as-cloudformation.ts";
import { asJson } from "../../../src/iam/roles/as-json.ts";
import { asTerraform } from "../../../src/iam/roles/as-terraform.ts";
import { documentOf, type RoleDocument, type RolePolicy } from "../../../src/iam/roles/role-document.ts";
import { shippedRoles } from "./shipped-roles.ts";

let roles: RoleDocument[];
let policies: RolePolicy[];

beforeAll(async () => {
  roles = await shippedRoles();
  policies = roles.flatMap(({ policies: own, boundary }) => [...own, ...(boundary ? [boundary] : [])]);
});

type Resource = { Type: string; DependsOn?: string; Properties: Record<string, unknown> };

describe("the CloudFormation template", () => {
  function resources(): Record<string, Resource> {
    // As CloudFormation reads it: YAML 1.1, no aliases.
    const text = asCloudFormation(roles, "made by a test");
    const template = parse(text, { version: "1.1", maxAliasCount: 0 }) as {
      AWSTemplateFormatVersion: unknown;
      Resources: Record<string, Resource>;
    };
    expect(template.AWSTemplateFormatVersion).toBe("2010-09-09");
    return template.Resources;
  }

  test("says exactly the documents when it is read back", () => {
    const all = Object.values(resources());
    const read = all
      .filter(({ Type }) => Type === "AWS::IAM::ManagedPolicy")
      .map(({ Properties }) => Properties);
    expect(read).toHaveLength(policies.length);
    for (const policy of policies) {
      const found = read.find(({ ManagedPolicyName }) => ManagedPolicyName === policy.name);
      expect(found?.["PolicyDocument"]).toEqual(documentOf(policy));
    }
    for (const role of roles) {
      const found = all.find(({ Properties }) => Properties["RoleName"] === role.name);
      expect(found).toMatchObject({
        Type: "AWS::IAM::Role",
        Properties: { MaxSessionDuration: 3600, AssumeRolePolicyDocument: role.trust },
      });
    }
  });

  test("refers only to what it makes, and gives every data role a boundary", () => {
    const made = resources();
    for (const [id, { Type, Properties }] of Object.entries(made)) {
      expect(id).toMatch(/^[A-Za-z0-9]{1,255}$/);
      if (Type !== "AWS::IAM::Role") continue;
      const refs = [Properties["ManagedPolicyArns"], Properties["PermissionsBoundary"] ?? []].flat() as {
        Ref: string;
      }[];
      for (const { Ref } of refs) expect(made[Ref]?.Type).toBe("AWS::IAM::ManagedPolicy");
      if (id !== "JitBroker") expect(Properties["PermissionsBoundary"]).toBeDefined();
    }
  });

  test("makes the bot's role before the roles that trust it, where it makes it", () => {
    const made = Object.entries(resources()).filter(([, { Type }]) => Type === "AWS::IAM::Role");
    for (const [id, { DependsOn }] of made)
      expect(DependsOn).toBe(id === "JitBroker" ? undefined : "JitBroker");
    const alone = asCloudFormation(roles.slice(1), "made by a test");
    expect(alone).not.toContain("DependsOn");
  });

  test("says above each statement who needs it", () => {
    const text = asCloudFormation(roles, "made by a test");
    expect(text).toMatch(/# needed by: orders-stuck-by-status\n\s+- Sid: OrdersQueryGsiStatus/);
    expect(text.startsWith("# made by a test\n")).toBe(true);
  });
});

describe("the Terraform document", () => {
  type Terraform = { resource: Record<string, Record<string, Record<string, unknown>>> };
  const read = () => JSON.parse(asTerraform(roles, "made by a test")) as Terraform;
  /** What Terraform makes of a text: `$${` is a plain `${`. */
  const plain = (text: unknown) =>
    JSON.parse(String(text).replaceAll("$${", "${").replaceAll("%%{", "%{")) as unknown;

  test("says exactly the documents when it is read back", () => {
    const { resource } = read();
    expect(Object.keys(resource)).toEqual([
      "aws_iam_policy",
      "aws_iam_role",
      "aws_iam_role_policy_attachment",
    ]);
    for (const policy of policies) {
      const block = resource["aws_iam_policy"]?.[policy.name];
      expect(plain(block?.["policy"])).toEqual(documentOf(policy));
      expect(Object.keys(block?.["//"] ?? {})).toEqual(
        policy.statements.map(({ statement }) => statement.Sid),
      );
    }
    for (const role of roles) {
      const block = resource["aws_iam_role"]?.[role.name];
      expect(plain(block?.["assume_role_policy"])).toEqual(role.trust);
      expect(block?.["depends_on"]).toEqual(role.kind === "bot" ? undefined : ["aws_iam_role.jit-broker"]);
    }
  });

  test("keeps Terraform from filling in what IAM would fill in", () => {
    const [bot] = roles;
    const statement = {
      Sid: "Own",
      Effect: "Allow" as const,
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::b/${aws:userid}/*",
    };
    if (!bot) throw new Error("no bot");
    const policy: RolePolicy = { name: "own", statements: [{ statement, neededBy: [] }] };
    const { resource } = JSON.parse(asTerraform([{ ...bot, policies: [policy] }], "")) as Terraform;
    const text = resource["aws_iam_policy"]?.["own"]?.["policy"];
    expect(text).toContain("b/$${aws:userid}/");
    expect(plain(text)).toEqual(documentOf(policy));
  });

  test("attaches every policy to its role and refers only to what it makes", () => {
    const { resource } = read();
    const references = [...JSON.stringify(resource).matchAll(/(?<!\$)\$\{(\w+)\.([\w-]+)\.(?:arn|name)\}/g)];
    expect(references.length).toBeGreaterThan(roles.length);
    for (const [, type = "", name = ""] of references) expect(resource[type]?.[name]).toBeDefined();
    const attached = Object.keys(resource["aws_iam_role_policy_attachment"] ?? {});
    expect(attached.toSorted()).toEqual(
      roles.flatMap((role) => role.policies.map(({ name }) => name)).toSorted(),
    );
    for (const blocks of Object.values(resource))
      for (const label of Object.keys(blocks)) expect(label).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
  });
});

describe("the JSON form", () => {
  test("is the documents with who needs each statement", () => {
    const { roles: read } = JSON.parse(asJson(roles, "made by a test")) as { roles: { arn: string }[] };
    expect(read.map(({ arn }) => arn)).toEqual(roles.map(({ arn }) => arn));
    expect(read[2]).toMatchObject({ policies: [{ neededBy: { OrdersGetItemTable: ["orders-by-id"] } }, {}] });
  });
});
