import type { PersonId } from "../runbook/plan.ts";
import type { AuditFact } from "./audit-event.ts";
import { record } from "./outcome.ts";
import type { Instant, RecipeApproval, Request } from "./request.ts";
import { startGrant } from "./start-grant.ts";
import { type Submission, submit } from "./submit.ts";

/**
 * A new request that an approved recipe covers: active at once, its first run queued. The record names the recipe, who
 * approved it and which of its runs this is.
 */
export function submitByRecipe(submission: Submission, recipe: RecipeApproval, now: Date): Request {
  const request = submit({ ...submission, approval: { ...submission.approval, recipe } }, now);
  const fact = recipeFact(request, recipe);
  return startGrant(record(request, now.toISOString(), { kind: "system" }, fact), now);
}

export function recipeFact(
  { planDigest }: Pick<Request, "planDigest">,
  recipe: RecipeApproval,
): AuditFact & { type: "request.approved-by-recipe" } {
  return { type: "request.approved-by-recipe", planDigest, ...recipe };
}

/** Whether it is a recipe that approves now: nobody ended it, and its time is not over. */
export function isInForce({ plan, state, grant }: Request, now: Date): boolean {
  return plan.recipe !== undefined && state === "active" && now.toISOString() < endOf(grant);
}

function endOf(grant: Request["grant"]): Instant {
  return grant?.endsAt ?? "";
}

/** Everybody whose approval it is, once each: who voted, and whom they voted for. */
export function recipeApprovers({ votes }: Pick<Request, "votes">): PersonId[] {
  const people = votes
    .filter(({ decision }) => decision === "approve")
    .flatMap(({ by, delegatedBy }) => (delegatedBy ? [by, delegatedBy.person] : [by]));
  return [...new Map(people.map((one) => [`${one.teamId}:${one.userId}`, one])).values()];
}
