import type { RecipeApproval } from "../../request/request.ts";
import type { RecipeTerms } from "../../runbook/recipe.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import { counted, list } from "./words.ts";

const maxPeople = 10; // “Show the exact request” has all

/** `up to 10 runs until <day>` */
export function recipeTerms({ runs, until }: Pick<RecipeTerms, "runs" | "until">): Markup {
  return markup`up to ${literal(counted(runs, "run", "runs"))} until ${dateToken(until)}`;
}

/** `@oncall, @engineer and anybody in orders-oncall` */
export function recipeUsers({ people, groups }: RecipeTerms, max = maxPeople): Markup {
  const more = people.length - max;
  const named = [
    ...people.slice(0, max).map(mention),
    ...(more > 0 ? [markup`${literal(counted(more, "other", "others"))}`] : []),
    ...(groups.length > 0 ? [markup`anybody in ${literal(list(groups, "or"))}`] : []),
  ];
  const [last, ...before] = named.toReversed();
  return joinMarkup(
    [...(before.length > 0 ? [joinMarkup(before.toReversed(), ", ")] : []), last ?? markup`nobody`],
    " and ",
  );
}

/** `recipe R… (approved by @lead): run 3 of 10 until <day>` */
export function byRecipe({
  recipe,
  approvers,
  run,
  runs,
  until,
}: Omit<RecipeApproval, "recipeDigest">): Markup {
  return markup`recipe ${literal(recipe)} (approved by ${joinMarkup(approvers.map(mention), ", ")}): run ${run} of ${runs} until ${dateToken(until)}`;
}
