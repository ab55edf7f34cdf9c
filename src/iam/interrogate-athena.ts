import { athenaAuthorization } from "./athena-authorization.ts";
import { athenaMutations, covers, foreignMutations } from "./athena-mutations.ts";
import { athenaRights, nameOf, type AthenaRight } from "./athena-rights.ts";
import { checkAthenaScope } from "./check-athena-scope.ts";
import type { PlannedQueries } from "./planned-calls.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import type { Interrogation } from "./policy-proof.ts";

/** Every right of the plan, and every mutation of each. Throws `PolicyRefused` if calls and scope can't be read. */
export function interrogateAthena(
  plan: PlannedQueries,
  now: Date,
  expiresAt: Date,
  forwardedUntil = expiresAt,
): Interrogation {
  checkAthenaScope(plan);
  const { target } = plan;
  const rights = athenaRights(plan);
  const questions = rights.flatMap((right) => {
    const call = nameOf(right);
    return [
      {
        check: { call, expect: "allowed" as const },
        request: athenaAuthorization(right, target, now),
      },
      ...athenaMutations(right, rights, target, {
        now,
        expiresAt: right.forwarded ? forwardedUntil : expiresAt,
      }).map(({ title, request }) => ({
        check: { call, expect: "denied" as const, mutation: title },
        request,
      })),
    ];
  });
  const foreign = foreignMutations(target, now)
    .filter(({ request }) => !rights.some((right) => covers(right, request, target, now)))
    .map(({ title, request }) => ({
      check: { call: "athena:StartQueryExecution", expect: "denied" as const, mutation: title },
      request,
    }));
  return {
    questions: [...questions, ...foreign],
    unplannedParts: (policy) => unplannedParts(policy, rights),
  };
}

/**
 * Questions can only try some other name; this finds the one that a statement has and no right asks for. A
 * resource must be planned for an action of its own statement, so that nobody writes to what is only read.
 */
function unplannedParts(policy: PolicyDocument, rights: readonly AthenaRight[]): string[] {
  return policy.Statement.flatMap((statement, index) => {
    const where = `Statement ${index + 1} allows`;
    const actions = list(statement.Action);
    const resources = list(statement.Resource);
    return [
      ...actions
        .filter((action) => !resources.some((resource) => isPlanned(action, resource, rights)))
        .map((action) => `${where} ${action}, which no call asks for.`),
      ...resources
        .filter((resource) => !actions.some((action) => isPlanned(action, resource, rights)))
        .map((resource) => `${where} ${resource}, which no call asks for.`),
      ...unplannedPrefixes(statement, rights).map(
        (prefix) => `${where} listing ${JSON.stringify(prefix)}, which no call asks for.`,
      ),
    ];
  });
}

function isPlanned(action: string, resource: string, rights: readonly AthenaRight[]): boolean {
  return rights.some((right) => right.action === action && patternOf(right) === resource);
}

function unplannedPrefixes(statement: Statement, rights: readonly AthenaRight[]): string[] {
  const resources = list(statement.Resource);
  const planned = new Set(
    rights
      .filter(({ resource, listed }) => listed !== undefined && resources.includes(resource))
      .map(({ listed }) => `${listed}*`),
  );
  return list(statement.Condition?.["StringLike"]?.["s3:prefix"] ?? []).filter(
    (prefix) => !planned.has(prefix),
  );
}

function patternOf({ resource, folder }: AthenaRight): string {
  return folder ? `${resource}*` : resource;
}

function list(values: string | readonly string[]): readonly string[] {
  return typeof values === "string" ? [values] : values;
}
