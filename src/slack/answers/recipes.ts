import type { KnownBlock } from "@slack/types";
import { recipeRows } from "../../runbook/recipe-rows.ts";
import type { RecipeListed } from "../../workflow/use-cases.ts";
import { actionValue } from "../blocks/card-actions.ts";
import { button, context, plain, section } from "../blocks/elements.ts";
import { clip, inert } from "../blocks/inert.ts";
import { dateToken, literal, markup, mention } from "../blocks/markup.ts";
import { recipeUsers } from "../blocks/recipe-words.ts";
import type { PrivateAnswer } from "../tell.ts";

const maxShown = 15; // a message has 50 blocks
const maxRanges = 600;

/** The recipes in force that concern this person, with what is left of each and who may end it. */
export function recipeList(recipes: readonly RecipeListed[]): PrivateAnswer {
  return {
    text: `${recipes.length === 0 ? "No recipe concerns you." : `Recipes in force: ${recipes.length}.`} /jit recipe request <runbook> asks for one.`,
    blocks: [
      ...(recipes.length === 0
        ? [section(markup`No recipe in force is yours, for you, or yours to revoke.`)]
        : recipeSections(recipes)),
      context(
        markup`\`/jit recipe request &lt;runbook&gt;\` asks for one: so many runs within ranges that are approved once.`,
      ),
    ],
  };
}

/** Nothing where there is none: also for the Home tab. */
export function recipeSections(recipes: readonly RecipeListed[], most = maxShown): KnownBlock[] {
  if (recipes.length === 0) return [];
  const hidden = recipes.length - most;
  return [
    section(markup`*Recipes in force*`),
    ...recipes.slice(0, most).flatMap(entry),
    ...(hidden > 0 ? [context(markup`${hidden} more, which end later, are not shown.`)] : []),
  ];
}

function entry({ recipe: request, runsTaken, may }: RecipeListed): KnownBlock[] {
  const { plan, id, requester } = request;
  const { recipe } = plan;
  if (!recipe) return [];
  const left = Math.max(0, recipe.runs - runsTaken);
  const ranges = recipeRows(plan, may === "use").map(({ title, value }) => `${title}: ${value}`);
  const text = markup`*${literal(plan.runbook.title)}* \`${literal(id)}\` (${literal(plan.runbook.name)})\n${left} of ${recipe.runs} runs left until ${dateToken(recipe.until)} · for ${recipeUsers(recipe)} · asked for by ${mention(requester)}`;
  return [
    section(text, ...endButton(request, may)),
    ...(ranges.length > 0 ? [context(plain(clip(inert(ranges.join(" · ")), maxRanges)))] : []),
  ];
}

/** Its requester ends it; its approvers and admins revoke it, with a reason. */
function endButton(request: RecipeListed["recipe"], may: RecipeListed["may"]) {
  const value = actionValue(request);
  const label = (verb: string) => `${verb} the recipe of ${request.plan.runbook.title}`;
  switch (may) {
    case "end":
      return [button("End", "jit_end", value, { style: "danger", label: label("End") })] as const;
    case "revoke":
      return [button("Revoke…", "jit_revoke", value, { style: "danger", label: label("Revoke") })] as const;
    case "use":
      return [] as const;
  }
}
