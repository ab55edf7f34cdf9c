import { type AskedOfRecipe, isForPerson, whyRecipeMisses } from "../policy/recipe-misses.ts";
import { findContradiction } from "../request/find-contradiction.ts";
import { isInForce, recipeApprovers } from "../request/recipe.ts";
import type { MissedRecipe, RecipeApproval, Request } from "../request/request.ts";
import { askPolicyAgain } from "./ask-policy-again.ts";
import type { Deps } from "./deps.ts";
import { type PolicyDeps } from "./policy-input.ts";
import type { RecipeBook } from "./ports.ts";
import { planStillHolds } from "./resolve-plan.ts";

export type RecipeDeps = PolicyDeps & {
  store: Pick<Deps["store"], "get">;
  recipes: Pick<RecipeBook, "entries">;
  directory: Deps["directory"];
  checkSql: Deps["checkSql"];
};

/** Recipes in force of this runbook, or of all; those that end first first. */
export async function recipesInForce(
  { recipes, store }: Pick<RecipeDeps, "recipes" | "store">,
  now: Date,
  runbook?: string,
): Promise<Request[]> {
  const entries = await recipes.entries();
  const asked = entries.filter((entry) => runbook === undefined || entry.runbook === runbook);
  const stored = await Promise.all(asked.map(({ requestId }) => store.get(requestId)));
  return stored
    .flatMap((one) => (one && isInForce(one.request, now) ? [one.request] : []))
    .toSorted((a, b) => untilOf(a).localeCompare(untilOf(b)));
}

/** Groups that the recipes name, for the question that decides about their use. */
export function groupsOfRecipes(recipes: readonly Request[]): string[] {
  return recipes.flatMap(({ plan }) => plan.recipe?.groups ?? []);
}

/**
 * Which of these recipes approve this request as everything is now, and why the others of the same requester do not.
 * A recipe counts only while its own requester could still ask for it.
 */
export async function findRecipes(
  deps: Omit<RecipeDeps, "recipes">,
  recipes: readonly Request[],
  asked: AskedOfRecipe,
  now: Date,
): Promise<{ fitting: Request[]; missed: MissedRecipe[] }> {
  const fitting: Request[] = [];
  const missed: MissedRecipe[] = [];
  for (const recipe of recipes) {
    if (!isForPerson(recipe, asked.question)) continue;
    const because =
      (await whyNotSound(deps, recipe)) ??
      whyRecipeMisses(deps.catalogue().access, recipe, asked, now) ??
      (await whyRequesterMayNot(deps, recipe, now));
    if (because === undefined) fitting.push(recipe);
    else missed.push({ recipe: recipe.id, because });
  }
  return { fitting, missed };
}

/**
 * Takes a run of the first recipe that has one left for it. Whether somebody ended it is read again right before, so
 * that a revocation counts for the very next request.
 */
export async function takeRecipe(
  deps: Omit<RecipeDeps, "recipes"> & { recipes: RecipeBook },
  recipes: readonly Request[],
  asked: AskedOfRecipe,
  now: Date,
): Promise<{ taken?: RecipeApproval; missed: MissedRecipe[] }> {
  const { fitting, missed } = await findRecipes(deps, recipes, asked, now);
  for (const { id } of fitting) {
    const recipe = (await deps.store.get(id))?.request;
    const terms = recipe?.plan.recipe;
    if (!recipe || !terms || !isInForce(recipe, now)) {
      missed.push({ recipe: id, because: "it ended just now" });
      continue;
    }
    const run = await deps.recipes.takeRun(id, asked.plan.requestId, terms);
    if (run !== "used-up") return { taken: approvalBy(recipe, run), missed };
    missed.push({ recipe: id, because: usedUp(terms.runs) });
  }
  return { missed };
}

export function usedUp(runs: number): string {
  return `all ${runs} of its runs are used`;
}

/** What stands on the card and in the record of a request that the recipe approves. */
export function approvalBy(recipe: Request, run: number): RecipeApproval {
  const { runs = 0 } = recipe.plan.recipe ?? {};
  return {
    recipe: recipe.id,
    recipeDigest: recipe.planDigest,
    approvers: recipeApprovers(recipe),
    run,
    runs,
    until: untilOf(recipe),
  };
}

async function whyNotSound(
  deps: Pick<RecipeDeps, "catalogue" | "checkSql">,
  recipe: Request,
): Promise<string | undefined> {
  if ((await planStillHolds(deps, recipe.plan, recipe.planDigest)) !== "holds")
    return "the runbook or its data source changed since it was approved";
  return findContradiction(recipe) === undefined
    ? undefined
    : "what is stored of it is not what its recorded events say";
}

async function whyRequesterMayNot(
  deps: Omit<RecipeDeps, "recipes">,
  recipe: Request,
  now: Date,
): Promise<string | undefined> {
  const policy = await askPolicyAgain(deps, recipe, now);
  if (policy.status === "unavailable") return `who is in ${policy.group} can’t be known now (${policy.why})`;
  if (policy.status === "no-longer-allowed")
    return "the policy allows no such recipe of its requester any more";
  const person = await deps.directory.check(recipe.requester);
  return person.status === "refused" ? `who asked for it may not act now (${person.problem})` : undefined;
}

function untilOf({ grant }: Request): string {
  return grant?.endsAt ?? "";
}
