import type { AthenaCall, AthenaScope } from "../runbook/athena-plan.ts";
import type { PlannedCall } from "../runbook/plan.ts";
import type { PlannedReads } from "./compile-dynamodb-policy.ts";
import { PolicyRefused } from "./policy-refused.ts";
import type { PolicyTarget } from "./policy-target.ts";

/** What a session policy is compiled from and proven against: calls, what they touch, where that lives. */
export type PlannedCalls = {
  calls: readonly PlannedCall[];
  /** The keys of each DynamoDB table that is read, by table name; `{}` for Athena. */
  schemas: PlannedReads["schemas"];
  target: PolicyTarget;
  /** What the Athena queries touch; there must be one if there is a query. */
  athena?: AthenaScope;
};

/** Athena queries of one workgroup and all that they touch. */
export type PlannedQueries = { calls: readonly AthenaCall[]; scope: AthenaScope; target: PolicyTarget };

/** The calls with what their engine needs. Throws `PolicyRefused` if there are none, or of two engines: a session serves one. */
export function byEngine(
  input: PlannedCalls,
): { engine: "dynamodb"; plan: PlannedReads } | { engine: "athena"; plan: PlannedQueries } {
  const { calls, schemas, target, athena: scope } = input;
  if (calls.length === 0) throw new PolicyRefused("no-calls", "There is no call to allow.");
  const queries = calls.filter((call) => call.action === "athena:StartQueryExecution");
  const reads = calls.filter((call) => call.action !== "athena:StartQueryExecution");
  if (queries.length === 0 && scope === undefined) {
    return { engine: "dynamodb", plan: { calls: reads, schemas, target } };
  }
  if (reads.length === 0 && scope !== undefined) {
    return { engine: "athena", plan: { calls: queries, scope, target } };
  }
  throw new PolicyRefused(
    "scope",
    queries.length > 0 && reads.length > 0
      ? "A plan can't both query Athena and read DynamoDB."
      : "What Athena may touch is given without a query, or a query without what it may touch.",
  );
}
