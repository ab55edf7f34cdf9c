import { reviewGroupsOf } from "../policy/may-break-glass.ts";
import { isMember } from "../policy/resolve-steps.ts";
import { giveReview as giveOnRequest, takeReview as takeOnRequest } from "../request/break-glass.ts";
import { type Outcome, type Refusal, refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import { policyInput } from "./policy-input.ts";
import type { Act, ActOutcome, ReviewAct } from "./use-cases.ts";

/** The first reviewer who presses Review… owns the review until its deadline. */
export async function takeReview(deps: Deps, act: Act): Promise<ActOutcome> {
  const outcome = await review(deps, act, "take review", (request, now) =>
    takeOnRequest(request, act.by, now),
  );
  // Who owns it already may look at it again.
  const isTheirs = outcome.status === "refused" && outcome.why.kind === "nothing-to-do";
  return isTheirs ? { status: "done", request: outcome.request } : outcome;
}

/** The verdict: the obligation is over, and with it what it suspended. */
export async function giveReview(deps: Deps, act: ReviewAct): Promise<ActOutcome> {
  const words = act.words.trim().toWellFormed();
  return review(deps, act, "review break-glass", (request, now) =>
    giveOnRequest(request, { by: act.by, verdict: act.verdict, words }, now),
  );
}

/** Who reviews is asked freshly, like who votes. */
async function review(
  deps: Deps,
  act: Act,
  what: string,
  decide: (request: Request, now: Date) => Outcome,
): Promise<ActOutcome> {
  const stored = await deps.store.get(act.requestId);
  if (!stored) return { status: "not-found" };
  const why = await whyNoReviewer(deps, stored.request, act);
  return actOn(deps, act, what, (request, now) => {
    const outcome = decide(request, now);
    // What the request itself forbids is the better reason.
    const forbids = outcome.status === "refused" && outcome.why.kind !== "nothing-to-do";
    return why && !forbids ? refused(why) : outcome;
  });
}

/** A runbook that is gone leaves those who were asked, so that nobody stays suspended for ever. */
async function whyNoReviewer(deps: Deps, request: Request, { by }: Act): Promise<Refusal | undefined> {
  const groups = reviewGroupsOf(deps.catalogue().access, request);
  const asked = { runbook: request.plan.runbook.name, requester: request.requester, also: groups };
  const question = await policyInput(deps, asked, deps.clock.now(), { fresh: true });
  if (!question) {
    const isAsked = request.breakGlass?.reviewers.some((one) => certainlySamePerson(one, by));
    return isAsked ? undefined : { kind: "not-a-reviewer", groups };
  }
  const { member, unavailable } = isMember(groups, by, question.groups);
  if (member) return undefined;
  const [unknown] = unavailable;
  return unknown ? { kind: "group-unavailable", ...unknown } : { kind: "not-a-reviewer", groups };
}
