import { beforeAll, describe, expect, test } from "vitest";
import type { PolicyDocument, Statement } from "../../../src/iam/policy-document.ts";
import { asJson } from "../../../src/iam/roles/as-json.ts";
import { compareRole } from "../../../src/iam/roles/compare-roles.ts";
import { type DeployedRole, readDeployed } from "../../../src/iam/roles/read-deployed.ts";
import type { RoleDocument } from "../../../src/iam/roles/role-document.ts";
import { dataRole } from "../../../src/sandbox/aws/default-identities.ts";
import { policiesOf, roleOf, shippedRoles } from "./shipped-roles.ts";

const orders = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const place = { account: "111122223333", region: "eu-west-1", externalId: "x" };
let roles: RoleDocument[];
let reads: RoleDocument;

beforeAll(async () => {
  roles = await shippedRoles();
  reads = roleOf(roles, "jit-data-dynamodb-read");
});

function deployed(policies: readonly PolicyDocument[], more: Partial<DeployedRole> = {}): DeployedRole {
  return { policies, unread: [], boundary: "present", ...more };
}

function withStatement(statement: Omit<Statement, "Effect">): DeployedRole {
  const more: PolicyDocument = { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] };
  return deployed([...policiesOf(reads), more]);
}

function says(role: DeployedRole, wanted = reads): string[] {
  return compareRole(wanted, role).map((difference) => `${difference.kind}: ${difference.says}`);
}

describe("a deployed role", () => {
  test("that is as generated differs in nothing", () => {
    for (const role of roles) expect(compareRole(role, deployed(policiesOf(role)))).toEqual([]);
  });

  test("shrinks by an action, a table and a service that no runbook reaches", () => {
    expect(
      says(withStatement({ Action: ["dynamodb:UpdateItem", "s3:GetObject"], Resource: orders })),
    ).toEqual([
      `unreachable: dynamodb:UpdateItem on ${orders}: no published runbook can reach it.`,
      `unreachable: s3:GetObject on ${orders}: no published runbook can reach it.`,
    ]);
    expect(says(withStatement({ Action: "dynamodb:GetItem", Resource: `${orders}-archive` }))).toEqual([
      `unreachable: dynamodb:GetItem on ${orders}-archive: no published runbook can reach it.`,
    ]);
  });

  test("shrinks by an attribute that no runbook names, and by a lack of attributes", () => {
    const Condition = { "ForAllValues:StringEquals": { "dynamodb:Attributes": ["order_id", "email"] } };
    expect(says(withStatement({ Action: "dynamodb:GetItem", Resource: orders, Condition }))).toEqual([
      `unreachable: dynamodb:GetItem of attribute email on ${orders}: no published runbook can reach it.`,
    ]);
    expect(says(withStatement({ Action: "dynamodb:GetItem", Resource: orders }))).toEqual([
      expect.stringMatching(/^wider: dynamodb:GetItem on .* reaches every attribute: only attempt, /),
    ]);
  });

  test("shrinks where a wildcard covers more than what is needed", () => {
    const [actions, places] = says(withStatement({ Action: "dynamodb:*", Resource: `${orders}*` }));
    expect(actions).toBe(
      `wider: dynamodb:* on ${orders}*: only dynamodb:GetItem and dynamodb:Query are needed.`,
    );
    expect(places).toBe(
      `wider: dynamodb:* on ${orders}*: needed only on ${orders}, ${orders}/index/gsi-customer and ${orders}/index/gsi-status.`,
    );
  });

  test("lacks what a runbook needs, with its name", () => {
    const [rights, backstop] = policiesOf(reads);
    if (!rights || !backstop) throw new Error("no policies");
    const [, ...others] = rights.Statement;
    expect(says(deployed([{ ...rights, Statement: others }, backstop]))).toEqual([
      `missing: dynamodb:GetItem on ${orders} is not allowed; needed by orders-by-id.`,
    ]);
    const deny: Statement = { Effect: "Deny", Action: "dynamodb:Query", Resource: "*" };
    expect(says(deployed([rights, { ...backstop, Statement: [...backstop.Statement, deny] }]))).toEqual([
      `missing: dynamodb:Query on ${orders}/index/gsi-customer is denied; needed by orders-recent-of-customer.`,
      `missing: dynamodb:Query on ${orders}/index/gsi-status is denied; needed by orders-stuck-by-status.`,
    ]);
  });

  test("lacks each deny of the backstop that is not there, and a boundary", () => {
    const [rights] = policiesOf(reads);
    if (!rights) throw new Error("no policy");
    const found = says(deployed([rights], { boundary: "absent" }));
    for (const sid of ["NoSessionWithoutGrant", "NoSessionWithoutPerson", "NoWayOnward", "NoOtherWayIn"])
      expect(found).toContainEqual(expect.stringContaining(`missing: The deny ${sid} is not there`));
    expect(found).toContain(
      "missing: It has no permissions boundary; it should have jit-data-dynamodb-read-boundary.",
    );
  });

  test("that reads buckets by itself is told from one that only lets Athena read", () => {
    const queries = roleOf(roles, "jit-data-athena-read");
    const [rights] = policiesOf(queries);
    if (!rights) throw new Error("no policy");
    const open: Statement = {
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::crm-snapshots/customers/*",
    };
    const found = says(deployed([{ ...rights, Statement: [...rights.Statement, open] }]), queries);
    expect(found).toContainEqual(
      expect.stringMatching(/^wider: s3:GetObject on .*customers\/\* is also open to the session itself/),
    );
  });

  test("with NotAction, or with a policy whose text is not there, is said to be unread", () => {
    const strange = { NotAction: "iam:*", Resource: "*" } as unknown as Statement;
    expect(says(withStatement(strange))).toContainEqual(expect.stringMatching(/^unread: .*NotAction/));
    expect(
      says(deployed(policiesOf(reads), { unread: ["arn:aws:iam::aws:policy/AdministratorAccess"] })),
    ).toEqual([
      "unread: The text of the attached policy arn:aws:iam::aws:policy/AdministratorAccess is not in the file.",
    ]);
  });

  test("like the sandbox's wide one would shrink, and lacks no right", () => {
    const wide = says(deployed(dataRole(place).policies));
    expect(wide).toContainEqual(expect.stringContaining("order_events*: no published runbook can reach it"));
    expect(wide.filter((line) => line.includes("needed by"))).toEqual([]);
  });
});

describe("a file of deployed roles", () => {
  test("may be what jit iam prints as JSON", () => {
    const read = readDeployed(JSON.parse(asJson(roles, "")) as unknown);
    expect(read?.map(({ arn, boundary }) => [arn, boundary])).toEqual(
      roles.map(({ arn, kind }) => [arn, kind === "bot" ? "absent" : "present"]),
    );
    expect(read?.[2]?.policies).toEqual(policiesOf(reads));
  });

  test("may be the account's authorization details, with inline, attached and unread policies", () => {
    const [rights, backstop] = policiesOf(reads);
    const local = "arn:aws:iam::111122223333:policy/backstop";
    const read = readDeployed({
      RoleDetailList: [
        {
          Arn: reads.arn,
          RoleName: reads.name,
          RolePolicyList: [
            { PolicyName: "rights", PolicyDocument: encodeURIComponent(JSON.stringify(rights)) },
          ],
          AttachedManagedPolicies: [
            { PolicyArn: local },
            { PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
          ],
        },
      ],
      Policies: [
        {
          Arn: local,
          PolicyVersionList: [
            { Document: { Version: "2012-10-17", Statement: [] }, IsDefaultVersion: false },
            { Document: backstop, IsDefaultVersion: true },
          ],
        },
      ],
    });
    expect(read).toEqual([
      {
        arn: reads.arn,
        policies: [rights, backstop],
        unread: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        boundary: "absent",
      },
    ]);
  });

  test("may be one policy, and nothing else", () => {
    const [rights] = policiesOf(reads);
    expect(readDeployed(rights)).toEqual([{ policies: [rights], unread: [], boundary: "unknown" }]);
    for (const other of [undefined, {}, [], { roles: 1 }, "text"])
      expect(readDeployed(other)).toBeUndefined();
  });
});
