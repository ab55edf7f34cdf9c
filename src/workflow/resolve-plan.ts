import { compileSessionPolicy } from "../iam/compile-session-policy.ts";
import { checkPolicyFits } from "../iam/lease-policy.ts";
import { buildPlan } from "../runbook/build-plan.ts";
import { digest } from "../runbook/digest.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import type { GrantTerms, PersonId, Plan } from "../runbook/plan.ts";
import type { InputValue } from "../runbook/inputs.ts";

export type PlanOrder = {
  runbook: string;
  inputs: Readonly<Record<string, InputValue>>;
  requestId: string;
  requester: PersonId;
  grant: GrantTerms;
  createdAt: Date;
};

/** The plan with its session policy; the same order over the same files gives the same digest, at any time and on any host. */
export function resolvePlan(catalogue: Catalogue, order: PlanOrder): Plan | undefined {
  const runbook = catalogue.runbooks.get(order.runbook);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) return undefined;
  const draft = buildPlan({ ...order, runbook, dataSource });
  const { calls, tables: schemas, target, athena } = draft;
  const policy = compileSessionPolicy({ calls, schemas, target, ...(athena && { athena }) });
  checkPolicyFits(policy);
  return { ...draft, sessionPolicy: JSON.stringify(policy) };
}

/** Whether the files would still give the very plan that was approved, and the stored plan is still what was approved. */
export function planStillHolds(catalogue: Catalogue, plan: Plan, approvedDigest: string): boolean {
  if (digest(plan) !== approvedDigest) return false;
  try {
    const again = resolvePlan(catalogue, {
      runbook: plan.runbook.name,
      inputs: plan.inputs,
      requestId: plan.requestId,
      requester: plan.requester,
      grant: plan.grant,
      createdAt: new Date(plan.createdAt),
    });
    return again !== undefined && digest(again) === approvedDigest;
  } catch {
    // Files of which these inputs give no plan any more, as when a guardrail was narrowed, don't give the approved one.
    return false;
  }
}
