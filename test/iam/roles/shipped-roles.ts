import { join } from "node:path";
import { documentOf, type RoleDocument } from "../../../src/iam/roles/role-document.ts";
import { roleDocuments, type RolesInput } from "../../../src/iam/roles/role-documents.ts";
import { isBotTrust } from "../../../src/iam/roles/trust.ts";
import type { PolicyDocument } from "../../../src/iam/policy-document.ts";
import { loadCatalogue } from "../../../src/runbook/load-catalogue.ts";
import type { RoleDeclaration } from "../../../src/sandbox/aws/identities.ts";
import { indexes } from "../../../src/store/keys.ts";

export const now = new Date("2026-11-21T04:37:00Z");
const shippedDir = join(import.meta.dirname, "../../../runbooks");

/** What a deployment of the shipped runbooks gives to `roleDocuments`; the bot is the sandbox's. */
export async function shippedInput(): Promise<RolesInput> {
  const { catalogue } = await loadCatalogue(shippedDir, { today: now });
  return {
    catalogue,
    bot: "arn:aws:iam::111122223333:user/jit-broker",
    runsOn: "ecs-tasks.amazonaws.com",
    table: { name: "jit-requests", region: "eu-west-1", indexes: Object.values(indexes) },
  };
}

export async function shippedRoles(): Promise<RoleDocument[]> {
  return roleDocuments(await shippedInput());
}

export function roleOf(roles: readonly RoleDocument[], name: string): RoleDocument {
  const role = roles.find((one) => one.name === name || one.arn === name);
  if (!role) throw new Error(`there is no role ${name}`);
  return role;
}

export function policiesOf({ policies }: RoleDocument): PolicyDocument[] {
  return policies.map(documentOf);
}

/** The generated data and janitor roles, for the local AWS in place of its own. */
export function asDeclarations(roles: readonly RoleDocument[]): RoleDeclaration[] {
  return roles.flatMap((role) =>
    isBotTrust(role.trust) && role.kind !== "bot"
      ? [
          {
            name: role.name,
            trust: role.trust,
            policies: policiesOf(role),
            maxSessionDurationSeconds: role.maxSessionSeconds,
          },
        ]
      : [],
  );
}
