import { Document, isMap, isSeq } from "yaml";
import {
  documentOf,
  type ExplainedStatement,
  type RoleDocument,
  type RolePolicy,
  trustedHere,
} from "./role-document.ts";
import { sidOf } from "./sid.ts";

/**
 * A CloudFormation template in YAML. Above each statement a comment says which runbooks need it. Roles have names, so a
 * stack with it needs CAPABILITY_NAMED_IAM.
 */
export function asCloudFormation(roles: readonly RoleDocument[], source: string): string {
  const content = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "IAM roles of jit-runbooks",
    Resources: Object.fromEntries(roles.flatMap((role) => resourcesOf(role, roles))),
  };
  // CloudFormation reads YAML 1.1, where a bare 2012-10-17 is a date, and knows no aliases.
  const document = new Document(content, { version: "1.1", aliasDuplicateObjects: false });
  document.commentBefore = ` ${source}`;
  const policies = roles.flatMap((role) => allPolicies(role));
  for (const policy of policies) comment(document, policy);
  return document.toString({ lineWidth: 0 });
}

function resourcesOf(role: RoleDocument, roles: readonly RoleDocument[]): [string, unknown][] {
  const { boundary } = role;
  const trusted = trustedHere(role, roles);
  return [
    ...allPolicies(role).map((policy): [string, unknown] => [
      logicalId(policy.name),
      {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: { ManagedPolicyName: policy.name, PolicyDocument: documentOf(policy) },
      },
    ]),
    [
      logicalId(role.name),
      {
        Type: "AWS::IAM::Role",
        ...(trusted && { DependsOn: logicalId(trusted.name) }),
        Properties: {
          RoleName: role.name,
          ...(role.path === "/" ? {} : { Path: role.path }),
          Description: role.description,
          MaxSessionDuration: role.maxSessionSeconds,
          AssumeRolePolicyDocument: role.trust,
          ManagedPolicyArns: role.policies.map(({ name }) => ({ Ref: logicalId(name) })),
          ...(boundary && { PermissionsBoundary: { Ref: logicalId(boundary.name) } }),
        },
      },
    ],
  ];
}

function allPolicies({ policies, boundary }: RoleDocument): RolePolicy[] {
  return [...(boundary ? [boundary] : []), ...policies];
}

function comment(document: Document, policy: RolePolicy): void {
  const path = ["Resources", logicalId(policy.name), "Properties", "PolicyDocument", "Statement"];
  const statements = document.getIn(path);
  if (!isSeq(statements)) throw new TypeError("a policy has statements");
  statements.items.forEach((item, at) => {
    const explained = policy.statements[at];
    if (isMap(item) && explained) item.commentBefore = wrapped(explained);
  });
}

function wrapped({ neededBy }: ExplainedStatement): string {
  return ` needed by: ${neededBy.join(", ")}`;
}

function logicalId(name: string): string {
  return sidOf(name);
}
