import { isAdmin } from "../policy/groups.ts";
import { mayEnd } from "../policy/may-end.ts";
import { isForPerson } from "../policy/recipe-misses.ts";
import type { Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { recipesInForce } from "./find-recipe.ts";
import { policyInput } from "./policy-input.ts";
import type { RecipeListed } from "./use-cases.ts";

/** For a list to read: every use and every end is decided anew. */
export async function recipesFor(deps: Deps, person: PersonId): Promise<RecipeListed[]> {
  const now = deps.clock.now();
  const listed = await Promise.all(
    (await recipesInForce(deps, now)).map(async (recipe): Promise<RecipeListed[]> => {
      const may = await whatMay(deps, recipe, person, now);
      return may ? [{ recipe, may, runsTaken: await deps.recipes.runsTaken(recipe.id) }] : [];
    }),
  );
  return listed.flat();
}

async function whatMay(
  deps: Deps,
  recipe: Request,
  person: PersonId,
  now: Date,
): Promise<RecipeListed["may"] | undefined> {
  const end = mayEnd(recipe, person, isAdmin(deps.catalogue().access, deps.team, person));
  if (end.status === "allowed") return end.cause === "ended" ? "end" : "revoke";
  const also = recipe.plan.recipe?.groups ?? [];
  const asked = { runbook: recipe.plan.runbook.name, requester: person, also };
  const question = await policyInput(deps, asked, now, { fresh: false });
  return question && isForPerson(recipe, question) ? "use" : undefined;
}
