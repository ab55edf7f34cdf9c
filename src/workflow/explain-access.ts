import { PolicyRefused } from "../iam/policy-refused.ts";
import { RequestError } from "../dynamodb/request-error.ts";
import { type Explanation, explain } from "../policy/explain.ts";
import { breakGlassGroups } from "../policy/may-break-glass.ts";
import type { AllowanceLeft, ExplainedWith } from "../policy/explanation-parts.ts";
import { checkInputs } from "../runbook/check-inputs.ts";
import type { CheckSql } from "../runbook/own-query.ts";
import { PlanRefused } from "../runbook/plan-refused.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import { type Allowance, allowanceFor } from "./allowance-for.ts";
import { explainRecipes, type KnowsRecipes } from "./explain-recipes.ts";
import { groupsOfRecipes, recipesInForce } from "./find-recipe.ts";
import { policyInput, type PolicyDeps } from "./policy-input.ts";
import type { Allowances, Amounts, Delegations } from "./ports.ts";
import { requestIdFor } from "./request-id.ts";
import { resolvePlan } from "./resolve-plan.ts";
import type { History } from "./rule-facts.ts";

export type ExplainAsk = {
  runbook: string;
  requester: PersonId;
  rawInputs: Readonly<Record<string, unknown>>;
  reference?: string;
  /** Given instead of looked up. */
  history?: History;
};

type ExplainDeps = PolicyDeps & {
  checkSql: CheckSql;
  /** Absent: nobody knows what is left of a rule's limits. */
  allowances?: Pick<Allowances, "taken">;
  /** Absent: nobody knows who is away. */
  delegations?: Pick<Delegations, "all">;
  /** Absent: nobody knows which recipes there are. */
  knowsRecipes?: KnowsRecipes;
};

export type ExplainOutcome =
  /** `plan`: absent where the inputs given make none, so that no rule was asked. */
  ({ status: "explained"; explanation: Explanation } & ExplainedWith) | { status: "unknown-runbook" };

/**
 * What the policy would decide at that moment, and why; nothing is stored, and nobody is asked. Rules are asked only
 * over inputs that make a plan, since most of their facts come from it.
 */
export async function explainAccess(deps: ExplainDeps, ask: ExplainAsk, at: Date): Promise<ExplainOutcome> {
  const { runbooks, access } = deps.catalogue();
  if (!runbooks.has(ask.runbook)) return { status: "unknown-runbook" };
  const planned = await planFor(deps, ask, at);
  const more = {
    ...(ask.reference === undefined ? {} : { reference: ask.reference }),
    ...(ask.history === undefined ? {} : { history: ask.history }),
  };
  const asked = {
    runbook: ask.runbook,
    requester: ask.requester,
    ...(planned.plan ? { planned: { plan: planned.plan, ...more } } : {}),
  };
  const { knowsRecipes } = deps;
  const recipes = knowsRecipes ? await recipesInForce(knowsRecipes, at, ask.runbook) : [];
  const also = [...breakGlassGroups(access), ...groupsOfRecipes(recipes)];
  const question = await policyInput(deps, { ...asked, also }, at, { fresh: false });
  if (!question) return { status: "unknown-runbook" };
  const delegations = await deps.delegations?.all();
  const explanation = explain(access, question, { now: at, ...(delegations ? { delegations } : {}) });
  const { verdict } = explanation;
  const auto = verdict.status === "decided" ? verdict.auto : undefined;
  const allowance = auto && planned.plan && allowanceFor(access, planned.plan, auto, at);
  const left = deps.allowances && allowance && (await leftOf(deps.allowances, allowance));
  const { plan } = planned;
  const found =
    knowsRecipes && plan && verdict.status === "decided"
      ? await explainRecipes(knowsRecipes, recipes, { plan, question, verdict }, at)
      : {};
  return { status: "explained", explanation, ...planned, ...(left ? { left } : {}), ...found };
}

async function leftOf(
  allowances: Pick<Allowances, "taken">,
  { key, day, amounts, max }: Allowance,
): Promise<AllowanceLeft> {
  const taken = await allowances.taken(key, day);
  const left = (name: keyof Amounts) => Math.max(0, (max[name] ?? Infinity) - taken[name]);
  return {
    requests: left("requests"),
    ...(max.rows === undefined ? {} : { rows: left("rows") }),
    ...(max.bytes === undefined ? {} : { bytes: left("bytes") }),
    isEnough: (["requests", "rows", "bytes"] as const).every((name) => left(name) >= amounts[name]),
  };
}

async function planFor(
  { catalogue, checkSql }: ExplainDeps,
  { runbook: name, requester, rawInputs }: ExplainAsk,
  at: Date,
): Promise<{ plan?: Plan; problems: string[] }> {
  const files = catalogue();
  const runbook = files.runbooks.get(name);
  const dataSource = runbook && files.dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) return { problems: [] };
  const checked = await checkInputs({ runbook, dataSource, raw: rawInputs, now: at }, checkSql);
  if (checked.status === "invalid")
    return { problems: checked.errors.map(({ parameter, message }) => `${parameter}: ${message}`) };
  const { kinds, maxDurationMinutes } = runbook.grant;
  try {
    const plan = resolvePlan(files, {
      runbook: name,
      inputs: checked.inputs,
      requestId: requestIdFor(`explain:${name}`),
      requester,
      grant: {
        kind: kinds[0] ?? "single-run",
        durationMinutes: Math.min(15, maxDurationMinutes),
        maxRuns: kinds[0] === "window" ? runbook.grant.maxRuns : 1,
      },
      createdAt: at,
      query: checked.query,
    });
    return { ...(plan ? { plan } : {}), problems: [] };
  } catch (error) {
    if (
      [PolicyRefused, RequestError, PlanRefused].some((kind) => error instanceof kind) &&
      error instanceof Error
    )
      return { problems: [error.message] };
    throw error;
  }
}
