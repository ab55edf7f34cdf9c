import { PolicyRefused } from "../policy-refused.ts";
import { documentOf, type ExplainedStatement, type RolePolicy } from "./role-document.ts";

/** IAM quotas: characters of a managed policy without white space, and managed policies on one role by default. */
const maxCharacters = 6_144;
const maxPolicies = 20;

/**
 * Statements in their order, in as few managed policies as hold them. Throws `PolicyRefused` when one role can't hold
 * them all.
 */
export function packPolicies(name: string, statements: readonly ExplainedStatement[]): RolePolicy[] {
  const packs: ExplainedStatement[][] = [];
  for (const one of statements) {
    const last = packs.at(-1);
    if (last && charactersOf({ name, statements: [...last, one] }) <= maxCharacters) last.push(one);
    else packs.push([one]);
  }
  const policies = packs.map((pack, at) => ({
    name: packs.length > 1 ? `${name}-${at + 1}` : name,
    statements: pack,
  }));
  if (policies.length > maxPolicies || policies.some((policy) => charactersOf(policy) > maxCharacters))
    throw tooLong(name);
  return policies;
}

/** One policy that can't be split, like a boundary. */
export function expectFits(policy: RolePolicy): RolePolicy {
  if (charactersOf(policy) > maxCharacters) throw tooLong(policy.name);
  return policy;
}

function charactersOf(policy: RolePolicy): number {
  return JSON.stringify(documentOf(policy)).length;
}

function tooLong(name: string): PolicyRefused {
  return new PolicyRefused(
    "too-long",
    `${name} is longer than IAM takes: give the targets of datasources.yml more data roles, each with fewer data sources.`,
  );
}
