import { documentOf, type RoleDocument, type RolePolicy, trustedHere } from "./role-document.ts";

/**
 * Terraform's JSON form (`roles.tf.json`). Beside each policy a `//` property, which Terraform ignores, says by `Sid` which
 * runbooks need each statement.
 */
export function asTerraform(roles: readonly RoleDocument[], source: string): string {
  const policies = roles.flatMap(({ policies: own, boundary }) => [...(boundary ? [boundary] : []), ...own]);
  return JSON.stringify(
    {
      "//": source,
      resource: {
        aws_iam_policy: Object.fromEntries(policies.map(policyBlock)),
        aws_iam_role: Object.fromEntries(roles.map((role) => roleBlock(role, roles))),
        aws_iam_role_policy_attachment: Object.fromEntries(
          roles.flatMap((role) =>
            role.policies.map(({ name }) => [
              label(name),
              {
                role: `\${aws_iam_role.${label(role.name)}.name}`,
                policy_arn: `\${aws_iam_policy.${label(name)}.arn}`,
              },
            ]),
          ),
        ),
      },
    },
    undefined,
    2,
  );
}

function policyBlock(policy: RolePolicy): [string, unknown] {
  return [
    label(policy.name),
    {
      "//": Object.fromEntries(
        policy.statements.map(({ statement, neededBy }) => [
          statement.Sid,
          `needed by: ${neededBy.join(", ")}`,
        ]),
      ),
      name: policy.name,
      policy: literal(JSON.stringify(documentOf(policy))),
    },
  ];
}

function roleBlock(role: RoleDocument, roles: readonly RoleDocument[]): [string, unknown] {
  const trusted = trustedHere(role, roles);
  return [
    label(role.name),
    {
      name: role.name,
      path: role.path,
      description: role.description,
      max_session_duration: role.maxSessionSeconds,
      assume_role_policy: literal(JSON.stringify(role.trust)),
      ...(trusted && { depends_on: [`aws_iam_role.${label(trusted.name)}`] }),
      ...(role.boundary && {
        permissions_boundary: `\${aws_iam_policy.${label(role.boundary.name)}.arn}`,
      }),
    },
  ];
}

/** Terraform would fill in `${` and `%{` in any text. */
function literal(text: string): string {
  return text.replaceAll(/([$%])\{/gu, (_, sign: string) => `${sign}${sign}{`);
}

/** A Terraform name: letters, digits, `_` and `-`, not beginning with a digit. */
function label(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_-]/gu, "_");
  return /^[A-Za-z_]/u.test(plain) ? plain : `_${plain}`;
}
