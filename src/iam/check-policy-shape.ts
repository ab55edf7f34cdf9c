import { kindOf, problemsOfAthenaPolicy, problemsOfAthenaStatement } from "./athena-statement.ts";
import { problemsOfDynamoDbStatement } from "./dynamodb-statement.ts";
import type { PolicyDocument } from "./policy-document.ts";

/**
 * What keeps a leased session policy from being one of ours, as sentences; empty if nothing. It knows the
 * templates and refuses everything else, so that no statement has to be understood to be safe. A policy serves one
 * engine; its first statement says which.
 */
export function checkPolicyShape(policy: PolicyDocument): string[] {
  if (policy.Version !== "2012-10-17" || !Array.isArray(policy.Statement) || policy.Statement.length === 0) {
    return ["The session policy has no statement of version 2012-10-17."];
  }
  const [first] = policy.Statement;
  const isAthena = first !== undefined && kindOf(first) !== undefined;
  const problemsOf = isAthena ? problemsOfAthenaStatement : problemsOfDynamoDbStatement;
  return [
    ...policy.Statement.flatMap((statement, index) =>
      problemsOf(statement).map((problem) => `Statement ${index + 1}: ${problem}.`),
    ),
    ...(isAthena ? problemsOfAthenaPolicy(policy.Statement) : []),
  ];
}
