import { RequestError } from "../dynamodb/request-error.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import type { Request } from "../request/request.ts";
import { checkAnotherText } from "../runbook/check-inputs.ts";
import { digest } from "../runbook/digest.ts";
import { runbookGuardrails } from "../runbook/guardrail-narrowing.ts";
import type { Plan } from "../runbook/plan.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import { checkSqlOf } from "./check-sql-of.ts";
import type { Deps } from "./deps.ts";
import { provePlan } from "./prove-plan.ts";
import { resolvePlan } from "./resolve-plan.ts";
import { SessionRefused } from "./session-refused.ts";

export type PlannedFurther =
  | { status: "planned"; plan: Plan; planDigest: string }
  | { status: "invalid"; errors: { field: string; message: string }[] }
  /** The files do not give the guardrails any more that were approved. */
  | { status: "guardrails-changed" };

/**
 * The plan of a further query: the approved inputs with another text, held to the very guardrails that were approved,
 * with a session policy of its own that is proven to allow this query and nothing else.
 */
export async function planFurtherQuery(
  deps: Pick<Deps, "catalogue" | "checkSql">,
  { plan: approved, requester }: Request,
  text: string,
  now: Date,
): Promise<PlannedFurther> {
  const catalogue = deps.catalogue();
  const runbook = catalogue.runbooks.get(approved.runbook.name);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (
    dataSource?.service !== "athena" ||
    runbook?.digest !== approved.runbook.digest ||
    digest(runbookGuardrails(runbook, dataSource)) !== approved.guardrailsDigest
  )
    return { status: "guardrails-changed" };

  const checkSql = checkSqlOf(deps, requester);
  const checked = await checkAnotherText({ runbook, dataSource, now }, approved.inputs, text, checkSql);
  if (!checked) return { status: "guardrails-changed" };
  if (checked.status === "invalid")
    return {
      status: "invalid",
      errors: checked.errors.map(({ parameter, message }) => ({ field: parameter, message })),
    };
  try {
    const plan = resolvePlan(catalogue, {
      runbook: approved.runbook.name,
      inputs: checked.inputs,
      requestId: approved.requestId,
      requester: approved.requester,
      grant: approved.grant,
      createdAt: now,
      query: checked.query,
    });
    if (!plan) return { status: "guardrails-changed" };
    provePlan(plan, new Date(now.getTime() + 60_000), now);
    return { status: "planned", plan, planDigest: digest(plan) };
  } catch (error) {
    if (error instanceof PolicyRefused || error instanceof RequestError || error instanceof SessionRefused)
      return { status: "invalid", errors: [{ field: queryField(runbook), message: error.message }] };
    throw error;
  }
}

function queryField({ parameters }: LoadedRunbook): string {
  return Object.entries(parameters.properties).find(([, { type }]) => type === "sql")?.[0] ?? "";
}
