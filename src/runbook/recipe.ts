import type { InputRange } from "./input-range.ts";
import type { PersonId } from "./plan.ts";

/**
 * What is approved in advance of one runbook: single runs whose inputs lie in these ranges, for these people, so many
 * until then. It stands in the plan that the recipe's approvers vote on, so that its digest covers all of it.
 */
export type RecipeTerms = {
  /** By parameter name, each parameter of the runbook; what has no range here may not be given. */
  inputs: Readonly<Record<string, InputRange>>;
  people: readonly PersonId[];
  /** Groups of `access.yml` whose members, when they ask, may use it as well. */
  groups: readonly string[];
  /** Over all of these people together. */
  runs: number;
  /** ISO 8601, UTC, milliseconds; from then on it approves nothing. */
  until: string;
};

/** More of one kind than this nobody can judge on a card. */
export const MAX_RECIPE_VALUES = 25;
