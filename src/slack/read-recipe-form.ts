import { VALUE } from "./blocks/parameter-field.ts";
import { type RecipeEntries, recipeFields } from "./blocks/recipe-form.ts";
import type { FormValues } from "./payloads.ts";
import { readForm } from "./read-form.ts";

/** What stands in the form of a recipe, raw; checking it is the use case's part. */
export function readRecipeForm(values: FormValues): RecipeEntries {
  const { inputs, reason, reference } = readForm(values);
  const field = (block: string) => values[block]?.[VALUE];
  const runs = field(recipeFields.runs)?.value ?? undefined;
  const until = field(recipeFields.until)?.selected_date ?? undefined;
  return {
    inputs,
    people: field(recipeFields.people)?.selected_users ?? [],
    groups: (field(recipeFields.groups)?.selected_options ?? []).map(({ value }) => value),
    ...(runs === undefined ? {} : { runs }),
    ...(until === undefined ? {} : { until }),
    ...(reason === undefined ? {} : { reason }),
    ...(reference === undefined ? {} : { reference }),
  };
}
