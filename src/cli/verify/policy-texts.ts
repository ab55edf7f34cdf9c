import type { PolicyKind } from "../../aws/access-analyzer.ts";
import { compileSessionPolicy } from "../../iam/compile-session-policy.ts";
import type { PolicyDocument, Statement } from "../../iam/policy-document.ts";
import type { DeployedRole } from "../../iam/roles/read-deployed.ts";
import { documentOf, type RoleDocument, type RolePolicy } from "../../iam/roles/role-document.ts";
import type { Catalogue } from "../../runbook/load-catalogue.ts";
import { requestShapes } from "../../runbook/request-shapes.ts";

/** `of`: what it is, for people. */
export type PolicyText = { of: string; kind: PolicyKind; text: string };

/** Of each role: who may assume it, what it may do, and its boundary. */
export function policiesOfRoles(roles: readonly RoleDocument[]): PolicyText[] {
  return roles.flatMap((role) => {
    const ofRole = (policy: RolePolicy): PolicyText => ({
      of: `policy ${policy.name}`,
      kind: "identity",
      text: JSON.stringify(documentOf(policy)),
    });
    return [
      { of: `trust of ${role.name}`, kind: "trust", text: JSON.stringify(role.trust) },
      ...role.policies.map(ofRole),
      ...(role.boundary ? [ofRole(role.boundary)] : []),
    ];
  });
}

/** The session policy of each form that a runbook's request can take, bound to its examples, before a run adds the expiry. */
export function sessionPolicies({
  runbooks,
  dataSources,
}: Pick<Catalogue, "runbooks" | "dataSources">): PolicyText[] {
  const found = new Map<string, PolicyText>();
  for (const [name, runbook] of runbooks) {
    const dataSource = dataSources.get(runbook.datasource);
    if (!dataSource) continue;
    const schemas = dataSource.service === "dynamodb" ? { [dataSource.table]: dataSource.schema } : {};
    for (const { given, calls, athena } of requestShapes(runbook, "example", dataSource)) {
      const { target } = dataSource;
      const text = JSON.stringify(
        compileSessionPolicy({ calls, schemas, target, ...(athena && { athena }) }),
      );
      const shape = given.length > 0 ? ` with ${given.join(", ")}` : "";
      if (!found.has(text)) found.set(text, { of: `session of ${name}${shape}`, kind: "identity", text });
    }
  }
  return [...found.values()];
}

/** All policies of a role as one document; of a statement its name says nothing, and may stand twice. */
export function asOneDocument({ policies }: Pick<RoleDocument, "policies"> | DeployedRole): string {
  const documents: readonly PolicyDocument[] = policies.map((policy) =>
    "statements" in policy ? documentOf(policy) : policy,
  );
  const statements = documents.flatMap(({ Statement: given }): Statement[] => [given].flat());
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ ...statement, Sid: undefined })),
  });
}
