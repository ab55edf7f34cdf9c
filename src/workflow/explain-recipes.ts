import type { AskedOfRecipe } from "../policy/recipe-misses.ts";
import type { MissedRecipe, RecipeApproval, Request } from "../request/request.ts";
import { approvalBy, findRecipes, type RecipeDeps, usedUp } from "./find-recipe.ts";
import type { RecipeBook } from "./ports.ts";

/** What it takes to say which recipe would approve. */
export type KnowsRecipes = RecipeDeps & { recipes: Pick<RecipeBook, "entries" | "runsTaken"> };

/** The recipe that would approve this, and which of its runs that would be; nothing is taken. */
export async function explainRecipes(
  deps: KnowsRecipes,
  recipes: readonly Request[],
  asked: AskedOfRecipe,
  at: Date,
): Promise<{ recipe?: RecipeApproval; missedRecipes: MissedRecipe[] }> {
  const { fitting, missed } = await findRecipes(deps, recipes, asked, at);
  for (const recipe of fitting) {
    const taken = await deps.recipes.runsTaken(recipe.id);
    const approval = approvalBy(recipe, taken + 1);
    if (taken < approval.runs) return { recipe: approval, missedRecipes: missed };
    missed.push({ recipe: recipe.id, because: usedUp(approval.runs) });
  }
  return { missedRecipes: missed };
}
