import type { Request } from "../request/request.ts";
import { isOpen } from "../request/transitions.ts";
import type { Deps } from "./deps.ts";
import type { RecipeEntry } from "./ports.ts";

/** Of a whole deployment, waiting for approval or in force; each is read when its runbook is asked for. */
export const MAX_RECIPES = 200;
/** A recipe is entered a moment before its request is written; if that never came, the process died in between. */
const UNWRITTEN_MS = 60_000;

/** Enters the recipe before it is stored, so that none can be approved that nobody finds. What is over leaves the book on the way. */
export async function enterRecipe(
  { recipes, store }: Pick<Deps, "recipes" | "store">,
  { id, plan, createdAt }: Request,
): Promise<"entered" | "full"> {
  const isOver = async (entry: RecipeEntry): Promise<boolean> => {
    const stored = await store.get(entry.requestId);
    return stored
      ? !isOpen(stored.request.state)
      : Date.parse(createdAt) - Date.parse(entry.at) > UNWRITTEN_MS;
  };
  const entries = await recipes.entries();
  const over = await Promise.all(entries.map(isOver));
  await recipes.strike(entries.filter((_, at) => over[at]));
  return recipes.enter({ runbook: plan.runbook.name, requestId: id, at: createdAt }, MAX_RECIPES);
}
