import { RequestError } from "../dynamodb/request-error.ts";
import { compileSessionPolicy } from "../iam/compile-session-policy.ts";
import { checkPolicyFits } from "../iam/lease-policy.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import { buildPlan, type PlanInput } from "../runbook/build-plan.ts";
import { digest } from "../runbook/digest.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import type { InputValue } from "../runbook/inputs.ts";
import { type NarrowedTerms, withNarrowed } from "../runbook/narrowing.ts";
import { readOwnQuery } from "../runbook/own-query.ts";
import type { BeforeImage, GrantTerms, PersonId, Plan, PlanDraft } from "../runbook/plan.ts";
import { PlanRefused } from "../runbook/plan-refused.ts";
import type { RecipeTerms } from "../runbook/recipe.ts";
import type { Deps } from "./deps.ts";

type PlanDeps = Pick<Deps, "catalogue" | "checkSql">;

export type PlanOrder = {
  runbook: string;
  inputs: Readonly<Record<string, InputValue>>;
  requestId: string;
  requester: PersonId;
  grant: GrantTerms;
  createdAt: Date;
  /** What the requester's own query among the inputs reads; absent without one. */
  query?: PlanInput["query"];
  /** Of a write: what was seen of its item, or that it is still to be seen. */
  before?: BeforeImage;
  /** What an approver took away of rows and columns. */
  narrowed?: NarrowedTerms;
  /** What is asked for is a recipe; the inputs are one run of it at its widest. */
  recipe?: RecipeTerms;
};

/** The plan with its session policy; the same order over the same files gives the same digest, at any time and on any host. */
export function resolvePlan(catalogue: Catalogue, order: PlanOrder): Plan | undefined {
  const runbook = catalogue.runbooks.get(order.runbook);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) return undefined;
  const draft = withRecipe(
    withNarrowed(buildPlan({ ...order, runbook, dataSource }), order.narrowed),
    order.recipe && { ...order.recipe, dataSourceDigest: digest(dataSource) },
  );
  const { calls, tables: schemas, target, athena } = draft;
  const policy = compileSessionPolicy({ calls, schemas, target, ...(athena && { athena }) });
  checkPolicyFits(policy);
  return { ...draft, sessionPolicy: JSON.stringify(policy) };
}

/** A recipe is approved as it is or not at all, so nothing of it is offered for narrowing. */
function withRecipe(draft: PlanDraft, recipe: PlanDraft["recipe"]): PlanDraft {
  if (!recipe) return draft;
  const { narrowing: _, ...rest } = draft;
  return { ...rest, recipe };
}

/**
 * Whether the files would still give the very plan that was approved, and the stored plan is still what was approved.
 * `unread`: its requester's own query could not be read now, so it can't be known.
 */
export async function planStillHolds(
  deps: PlanDeps,
  plan: Plan,
  approvedDigest: string,
): Promise<"holds" | "changed" | "unread"> {
  if (digest(plan) !== approvedDigest) return "changed";
  // Another version of the runbook may not even take these inputs, so nothing is bound to it.
  if (deps.catalogue().runbooks.get(plan.runbook.name)?.digest !== plan.runbook.digest) return "changed";
  const again = await resolveAgain(deps, plan);
  if (again === "unread") return "unread";
  return again !== undefined && digest(again) === approvedDigest ? "holds" : "changed";
}

/** The plan with what was seen of its item in it; nothing when no such plan can be made. */
export async function resolveSeen(
  deps: PlanDeps,
  plan: Plan,
  before: BeforeImage & { status: "read" },
): Promise<Plan | undefined> {
  const seen = await resolveAgain(deps, plan, before);
  return seen === "unread" ? undefined : seen;
}

async function resolveAgain(
  { catalogue, checkSql }: PlanDeps,
  plan: Plan,
  before: BeforeImage | undefined = plan.write?.before,
): Promise<Plan | "unread" | undefined> {
  const files = catalogue();
  const runbook = files.runbooks.get(plan.runbook.name);
  const dataSource = runbook && files.dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) return undefined;
  const createdAt = new Date(plan.createdAt);
  try {
    return resolvePlan(files, {
      runbook: plan.runbook.name,
      inputs: plan.inputs,
      requestId: plan.requestId,
      requester: plan.requester,
      grant: plan.grant,
      createdAt,
      query: await readOwnQuery(runbook, dataSource, plan.inputs, createdAt, checkSql),
      ...(before && { before }),
      ...(plan.narrowed && { narrowed: plan.narrowed }),
      ...(plan.recipe && { recipe: plan.recipe }),
    });
  } catch (error) {
    if (error instanceof PlanRefused && error.isUnread) return "unread";
    // The data source changed so that no policy can be made of these inputs any more, or its guardrails narrowed.
    const refused = [PolicyRefused, RequestError, PlanRefused].some((kind) => error instanceof kind);
    if (refused) return undefined;
    throw error;
  }
}
