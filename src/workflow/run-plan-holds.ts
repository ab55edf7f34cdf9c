import { forRun, furtherQueryHolds } from "../request/further-query.ts";
import type { Request } from "../request/request.ts";
import type { Deps } from "./deps.ts";
import { planStillHolds } from "./resolve-plan.ts";

/** Whether what this run would do is still what was approved: the plan itself, or a further query that its approval covers. */
export async function runPlanHolds(
  deps: Pick<Deps, "catalogue" | "checkSql">,
  request: Request,
  no: number,
): ReturnType<typeof planStillHolds> {
  if (!furtherQueryHolds(request, no)) return "changed";
  const { plan, planDigest } = forRun(request, no);
  return planStillHolds(deps, plan, planDigest);
}
