import { forRun, furtherQueryHolds } from "../request/further-query.ts";
import type { Request } from "../request/request.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { planStillHolds } from "./resolve-plan.ts";

/** Whether what this run would do is still what was approved: the plan itself, or a further query that its approval covers. */
export function runPlanHolds(catalogue: Catalogue, request: Request, no: number): boolean {
  if (!furtherQueryHolds(request, no)) return false;
  const { plan, planDigest } = forRun(request, no);
  return planStillHolds(catalogue, plan, planDigest);
}
