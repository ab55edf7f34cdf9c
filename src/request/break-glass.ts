import { digest } from "../runbook/digest.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { AuditFact } from "./audit-event.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import type { BreakGlass, Instant, Request, Review } from "./request.ts";
import { certainlySamePerson, possiblySamePerson } from "./same-person.ts";
import { startGrant } from "./start-grant.ts";
import { submit, type Submission } from "./submit.ts";

/**
 * A new request that its requester starts at once: active, its first run queued, and the review that is owed for it, all
 * in one document, so that none of them is ever stored without the others.
 */
export function submitBreakGlass(submission: Submission, breakGlass: BreakGlass, now: Date): Request {
  const request = { ...submit(submission, now), breakGlass };
  const actor = { kind: "person", id: request.requester } as const;
  return startGrant(record(request, now.toISOString(), actor, breakGlassFact(request, breakGlass)), now);
}

export function breakGlassFact(
  { planDigest }: Pick<Request, "planDigest">,
  { groups, channel, reviewers, reviewDueAt }: BreakGlass,
): AuditFact & { type: "request.break-glass" } {
  return {
    type: "request.break-glass",
    planDigest,
    groups,
    channel,
    reviewers: reviewers.length,
    reviewersDigest: digest(reviewers),
    reviewDueAt,
  };
}

/** A reviewer takes the review on. It is theirs until the deadline; after it, whoever presses first takes it over. */
export function takeReview(request: Request, by: PersonId, now: Date): Outcome {
  const open = openReview(request, by, now);
  if (open.status === "refused") return open;
  if (open.glass.owner && certainlySamePerson(open.glass.owner.by, by))
    return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  const taken = { ...request, breakGlass: { ...open.glass, owner: { by, at } } };
  return {
    status: "changed",
    request: record(taken, at, { kind: "person", id: by }, { type: "review.taken" }),
  };
}

/** The owner's verdict. It ends the obligation, and changes nothing of what was run. */
export function giveReview(request: Request, { by, verdict, words }: Omit<Review, "at">, now: Date): Outcome {
  const open = openReview(request, by, now);
  if (open.status === "refused") return open;
  const at = now.toISOString();
  const owner = open.glass.owner ?? { by, at };
  const review = { by, at, verdict, words };
  return {
    status: "changed",
    request: record(
      { ...request, breakGlass: { ...open.glass, owner, review } },
      at,
      { kind: "person", id: by },
      { type: "review.given", verdict, words },
    ),
  };
}

/** Nobody reviewed in time: recorded once, and the reviewers are reminded by it. */
export function remindOfReview(request: Request, now: Date): Outcome {
  const dueAt = reviewReminderDueAt(request);
  const at = now.toISOString();
  if (!request.breakGlass || dueAt === undefined || at < dueAt) return refused({ kind: "nothing-to-do" });
  const overdue = { ...request, breakGlass: { ...request.breakGlass, overdueSince: at } };
  return { status: "changed", request: record(overdue, at, { kind: "system" }, { type: "review.overdue" }) };
}

/** When the reviewers have to be reminded; nothing when the review is given or they were reminded. */
export function reviewReminderDueAt({ breakGlass }: Request): Instant | undefined {
  if (!breakGlass || breakGlass.review || breakGlass.overdueSince) return undefined;
  return breakGlass.reviewDueAt;
}

/** Whether it keeps its requester from another break-glass. */
export function reviewIsOverdue({ breakGlass }: Pick<Request, "breakGlass">, now: Date): boolean {
  return breakGlass !== undefined && !breakGlass.review && now.toISOString() >= breakGlass.reviewDueAt;
}

type OpenReview = { status: "open"; glass: BreakGlass } | (Outcome & { status: "refused" });

function openReview({ breakGlass: glass, requester }: Request, by: PersonId, now: Date): OpenReview {
  if (!glass) return refused({ kind: "no-review" });
  if (possiblySamePerson(by, requester)) return refused({ kind: "own-review" });
  if (glass.review) return refused({ kind: "already-reviewed", by: glass.review.by, at: glass.review.at });
  const isLate = now.toISOString() >= glass.reviewDueAt;
  if (glass.owner && !certainlySamePerson(glass.owner.by, by) && !isLate)
    return refused({ kind: "review-taken", by: glass.owner.by, until: glass.reviewDueAt });
  return { status: "open", glass };
}
