import * as z from "zod";
import { accessEscalation } from "./access-waiting.ts";
import { slug } from "./identifiers.ts";

/** Stands in `exclude` for everybody in a group marked `team: true` that the requester is in. */
export const requesterTeam = "requester-team";

/** One stage of approval: so many people of any of its groups, or so many of each. */
export const accessStep = z
  .strictObject({
    name: slug,
    anyOf: z
      .exactOptional(z.array(slug).min(1))
      .meta({ description: "`count` people, each of any of these groups." }),
    allOf: z
      .exactOptional(z.array(slug).min(1))
      .meta({ description: "`count` people of each of these groups." }),
    count: z.int().min(1).max(5).meta({ description: "Distinct people; nobody counts twice in a request." }),
    exclude: z.exactOptional(z.array(slug).min(1)).meta({
      description: "Groups whose members may not decide this step; requester-team: the requester's.",
    }),
    escalate: z.exactOptional(accessEscalation),
  })
  .refine(
    ({ anyOf, allOf }) => (anyOf === undefined) !== (allOf === undefined),
    "a step names anyOf or allOf, one of them",
  );

export type AccessStep = z.infer<typeof accessStep>;

/** Steps are known by their names. */
export function eachOnce<T extends z.ZodType<{ name: string }[]>>(list: T) {
  return list.superRefine((steps, { addIssue }) => {
    for (const [at, { name }] of steps.entries())
      if (steps.findIndex((other) => other.name === name) !== at)
        addIssue({ code: "custom", path: [at, "name"], message: `there are two steps named "${name}"` });
  });
}
