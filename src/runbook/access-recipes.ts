import * as z from "zod";

/** What people may approve in advance of a policy's runbooks; without it they approve each request. */
export const accessRecipes = z.strictObject({
  maxRuns: z.int().min(1).max(100).meta({ description: "Single runs that one recipe may approve." }),
  maxDays: z
    .int()
    .min(1)
    .max(30)
    .meta({ description: "How far ahead a recipe may end, from the day when it is asked for." }),
});

export type AccessRecipes = z.infer<typeof accessRecipes>;
