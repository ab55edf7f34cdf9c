import type { Plan } from "../runbook/plan.ts";
import { record, transition } from "./outcome.ts";
import type { Grant, Instant, Request } from "./request.ts";
import { queuedRun } from "./run.ts";

/** The request with its full window, from now, and its first run queued; a recipe runs nothing itself. */
export function startGrant(request: Request, now: Date): Request {
  const at = now.toISOString();
  const grant = earnedGrant(request.plan, at);
  const runs = request.plan.recipe ? [] : [queuedRun(request, request.requester, at)];
  return record(
    transition({ ...request, grant, runs }, "approve"),
    at,
    { kind: "system" },
    { type: "request.approved", grant },
    ...runs.map(({ no }) => ({ type: "run.queued", run: no }) as const),
  );
}

/** The window that an approval at that moment gives. */
export function earnedGrant({ grant, recipe }: Plan, startsAt: Instant): Grant {
  const ends = Date.parse(startsAt) + grant.durationMinutes * 60_000;
  return { startsAt, endsAt: recipe ? recipe.until : new Date(ends).toISOString() };
}
