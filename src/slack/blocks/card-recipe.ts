import type { KnownBlock } from "@slack/types";
import { recipeRows } from "../../runbook/recipe-rows.ts";
import type { Request } from "../../request/request.ts";
import type { CardPart } from "./card-plan.ts";
import { context, section, table } from "./elements.ts";
import { clip, inert } from "./inert.ts";
import { joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import { recipeTerms, recipeUsers } from "./recipe-words.ts";
import { counted } from "./words.ts";

const maxValue = 400; // a list of order numbers that somebody can still compare

/** What would be approved in advance: which inputs, for whom, how often, until when. */
export function recipePart({ plan }: Request, maskSensitive: boolean): CardPart | undefined {
  const { recipe } = plan;
  if (!recipe) return undefined;
  const rows = recipeRows(plan, maskSensitive);
  const blocks: KnownBlock[] = [
    section(
      markup`*Approves in advance* ${recipeTerms(recipe)}, for ${recipeUsers(recipe)} together. Nobody is asked again before such a run; each stands in this channel, and whoever approves this can revoke it.`,
    ),
    ...(rows.length > 0 ? [rangeTable(rows)] : []),
    context(
      markup`At its widest, one run of it is this; each run is planned, proven and recorded by itself:`,
    ),
  ];
  const isLong = rows.some(({ value }) => inert(value).length > maxValue);
  return {
    blocks,
    notes: [
      [isLong, "Allowed values are more than fit here."],
      [recipe.people.length > 10, "The people are more than fit here."],
    ],
    isMasked: rows.some(({ isMasked }) => isMasked),
  };
}

function rangeTable(rows: readonly { title: string; value: string }[]): KnownBlock {
  return table([
    ["Input", "Allowed"],
    ...rows.map(({ title, value }) => [title, clip(inert(value), maxValue)]),
  ]);
}

/** Recipes of the requester's that do not cover this, and why people are asked all the same. */
export function missedRecipes({ approval }: Request): KnownBlock[] {
  const missed = approval.missedRecipes ?? [];
  const lines = missed
    .slice(0, maxMissed)
    .map(
      ({ recipe, because }): Markup =>
        markup`Recipe ${literal(recipe)} does not approve this: ${literal(because)}.`,
    );
  const more = missed.length - lines.length;
  const rest =
    more > 0 ? [markup`${literal(counted(more, "more recipe does", "more recipes do"))} not either.`] : [];
  return lines.length > 0 ? [context(joinMarkup([...lines, ...rest], "\n"))] : [];
}

const maxMissed = 3;

/** The one sentence of a recipe’s card: who wants what approved for whom. */
export function whoWantsRecipe({ plan, requester, state }: Request): Markup {
  const { recipe, target } = plan;
  if (!recipe) return markup``;
  const asks = state === "pending" ? markup`asks` : markup`asked`;
  return markup`${mention(requester)} ${asks} for a *recipe*: ${recipeTerms(recipe)} without asking again, for ${recipeUsers(recipe)}, on *${literal(target.environment)}* ${literal(target.dataSource)} (account ${literal(target.account)}, ${literal(target.region)})`;
}
