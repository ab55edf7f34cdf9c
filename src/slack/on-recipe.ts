import type { ModalView } from "@slack/types";
import type { PersonId } from "../runbook/plan.ts";
import { recipeList } from "./answers/recipes.ts";
import { type RecipeEntries, recipeForm } from "./blocks/recipe-form.ts";
import { type Markup, markup } from "./blocks/markup.ts";
import { openThenFill, sentenceView } from "./open-view.ts";
import type { ParsedCommand } from "./parse-command.ts";
import type { Command } from "./payloads.ts";
import { submitRefusalSentence } from "./sentences.ts";
import type { Surface } from "./surface.ts";
import { realChannel, writeMetadata } from "./view-metadata.ts";

export const RECIPE_TITLE = "Ask for a recipe";

/** `/jit recipes`, and `/jit recipe request <runbook>`: the form, or a window that says why there is none. */
export async function onRecipe(
  surface: Surface,
  command: Command,
  { asks, runbook }: ParsedCommand & { kind: "recipe" },
): Promise<void> {
  const { by, channel } = command;
  if (asks === "list") return surface.tell(command, recipeList(await surface.useCases.recipesFor(by)));
  if (runbook === undefined)
    return surface.tell(
      command,
      markup`Name the runbook, for example \`/jit recipe request orders-by-id\`. \`/jit runbooks\` lists them.`,
    );
  await openThenFill(surface, command, RECIPE_TITLE, () =>
    recipeView(surface, by, { runbook, channel: realChannel(channel) }),
  );
}

export type ShownRecipe = {
  runbook: string;
  channel?: string | undefined;
  entries?: RecipeEntries;
  notice?: Markup;
  problems?: readonly string[];
};

export async function recipeView(
  surface: Surface,
  requester: PersonId,
  { runbook: name, channel, ...shown }: ShownRecipe,
): Promise<ModalView> {
  const offer = await surface.useCases.offerRecipe({ requester, runbook: name });
  const runbook = surface.runbook(name);
  if (offer.status === "refused") return sentenceView(RECIPE_TITLE, submitRefusalSentence(offer.why));
  if (!runbook) return sentenceView(RECIPE_TITLE, submitRefusalSentence({ kind: "unknown-runbook", name }));
  return recipeForm({ runbook, offer, metadata: writeMetadata({ runbook: name, channel }), ...shown });
}
