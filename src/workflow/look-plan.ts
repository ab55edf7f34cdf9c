import { compileSessionPolicy } from "../iam/compile-session-policy.ts";
import type { Plan } from "../runbook/plan.ts";

/**
 * What a session may do that only looks at the item of a write: the plan's own GetItem, under a policy compiled of it
 * alone. To be run, never stored.
 */
export function lookPlan(plan: Plan): Plan {
  const calls = plan.calls.filter(({ action }) => action === "dynamodb:GetItem");
  if (!plan.write || calls.length !== 1) throw new TypeError("only a write is looked at");
  const policy = compileSessionPolicy({ calls, schemas: plan.tables, target: plan.target });
  return { ...plan, calls, sessionPolicy: JSON.stringify(policy) };
}
