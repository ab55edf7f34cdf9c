import { RequestError } from "../dynamodb/request-error.ts";
import { compileSessionPolicy } from "../iam/compile-session-policy.ts";
import { checkPolicyFits } from "../iam/lease-policy.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import { buildPlan } from "../runbook/build-plan.ts";
import { digest } from "../runbook/digest.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { type NarrowedTerms, withNarrowed } from "../runbook/narrowing.ts";
import type { BeforeImage, GrantTerms, PersonId, Plan } from "../runbook/plan.ts";
import { PlanRefused } from "../runbook/plan-refused.ts";
import type { InputValue } from "../runbook/inputs.ts";

export type PlanOrder = {
  runbook: string;
  inputs: Readonly<Record<string, InputValue>>;
  requestId: string;
  requester: PersonId;
  grant: GrantTerms;
  createdAt: Date;
  /** Of a write: what was seen of its item, or that it is still to be seen. */
  before?: BeforeImage;
  /** What an approver took away of rows and columns. */
  narrowed?: NarrowedTerms;
};

/** The plan with its session policy; the same order over the same files gives the same digest, at any time and on any host. */
export function resolvePlan(catalogue: Catalogue, order: PlanOrder): Plan | undefined {
  const runbook = catalogue.runbooks.get(order.runbook);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) return undefined;
  const draft = withNarrowed(buildPlan({ ...order, runbook, dataSource }), order.narrowed);
  const { calls, tables: schemas, target, athena } = draft;
  const policy = compileSessionPolicy({ calls, schemas, target, ...(athena && { athena }) });
  checkPolicyFits(policy);
  return { ...draft, sessionPolicy: JSON.stringify(policy) };
}

/** Whether the files would still give the very plan that was approved, and the stored plan is still what was approved. */
export function planStillHolds(catalogue: Catalogue, plan: Plan, approvedDigest: string): boolean {
  if (digest(plan) !== approvedDigest) return false;
  // Another version of the runbook may not even take these inputs, so nothing is bound to it.
  if (catalogue.runbooks.get(plan.runbook.name)?.digest !== plan.runbook.digest) return false;
  const again = resolveAgain(catalogue, plan);
  return again !== undefined && digest(again) === approvedDigest;
}

/** The plan with what was seen of its item in it; nothing when no such plan can be made. */
export function resolveSeen(
  catalogue: Catalogue,
  plan: Plan,
  before: BeforeImage & { status: "read" },
): Plan | undefined {
  return resolveAgain(catalogue, plan, before);
}

function resolveAgain(
  catalogue: Catalogue,
  plan: Plan,
  before: BeforeImage | undefined = plan.write?.before,
): Plan | undefined {
  try {
    return resolvePlan(catalogue, {
      runbook: plan.runbook.name,
      inputs: plan.inputs,
      requestId: plan.requestId,
      requester: plan.requester,
      grant: plan.grant,
      createdAt: new Date(plan.createdAt),
      ...(before && { before }),
      ...(plan.narrowed && { narrowed: plan.narrowed }),
    });
  } catch (error) {
    // The data source changed so that no policy can be made of these inputs any more, or its guardrails narrowed.
    const refused = [PolicyRefused, RequestError, PlanRefused].some((kind) => error instanceof kind);
    if (refused) return undefined;
    throw error;
  }
}
