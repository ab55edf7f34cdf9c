import { documentOf, type RoleDocument, type RolePolicy } from "./role-document.ts";

/** The documents as they are, for other tools and for `jit iam --diff`. */
export function asJson(roles: readonly RoleDocument[], source: string): string {
  return JSON.stringify(
    {
      format: 1,
      source,
      roles: roles.map(({ policies, boundary, ...role }) => ({
        ...role,
        policies: policies.map(policyJson),
        ...(boundary && { boundary: policyJson(boundary) }),
      })),
    },
    undefined,
    2,
  );
}

function policyJson(policy: RolePolicy) {
  return {
    name: policy.name,
    document: documentOf(policy),
    neededBy: Object.fromEntries(
      policy.statements.map(({ statement, neededBy }) => [statement.Sid, neededBy]),
    ),
  };
}
