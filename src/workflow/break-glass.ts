import { decide } from "../policy/decide.ts";
import { breakGlassGroups, type MayBreakGlass, mayBreakGlass } from "../policy/may-break-glass.ts";
import { reviewIsOverdue } from "../request/break-glass.ts";
import type { Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import type { Deps } from "./deps.ts";
import { policyInput } from "./policy-input.ts";
import type { Ask, SubmitRefusal } from "./use-cases.ts";

type Refused = { status: "refused"; why: SubmitRefusal };
export type BreakGlassTerms = Extract<MayBreakGlass, { status: "allowed" }>;

const MIN_REASON = 20;
const MIN_INCIDENT = 3;

/**
 * On what terms the person may break the glass for this runbook now, or why not. An earlier break-glass of theirs whose
 * review is overdue suspends it; where that can't be told, it counts as overdue.
 */
export async function breakGlassTerms(
  deps: Deps,
  { requester, runbook }: Pick<Ask, "requester" | "runbook">,
  now: Date,
): Promise<BreakGlassTerms | Refused> {
  const { access } = deps.catalogue();
  const asked = { runbook, requester, also: breakGlassGroups(access) };
  const question = await policyInput(deps, asked, now, { fresh: true });
  if (!question) return { status: "refused", why: { kind: "no-break-glass", runbook: runbook.slice(0, 80) } };
  const terms = mayBreakGlass(access, question, now);
  if (terms.status === "refused") return terms;
  const allowed = decide(access, question);
  if (allowed.status === "not-a-requester") {
    const { groups, unavailable } = allowed;
    const away = unavailable.length > 0 ? { unavailable } : {};
    return { status: "refused", why: { kind: "not-a-requester", groups, ...away } };
  }
  try {
    const open = await unreviewed(deps, requester);
    const overdue = open.find((request) => reviewIsOverdue(request, now));
    if (!overdue?.breakGlass) return terms;
    const { id, breakGlass } = overdue;
    const { reviewDueAt: dueAt, reviewGroups: groups } = breakGlass;
    return { status: "refused", why: { kind: "review-open", requestId: id, dueAt, groups } };
  } catch (error) {
    deps.log.error("which reviews of break-glass are open could not be read", { error, requester });
    return { status: "refused", why: { kind: "review-not-stored" } };
  }
}

/** The person's break-glass requests that nobody reviewed yet. What is settled leaves the book on the way. */
export async function unreviewed(
  deps: Pick<Deps, "reviews" | "store" | "log">,
  person: PersonId,
): Promise<Request[]> {
  const ids = await deps.reviews.owed(person);
  const stored = await Promise.all(ids.map((id) => deps.store.get(id)));
  const requests = stored.flatMap((one) => (one ? [one.request] : []));
  // One that is not stored may be on its way to the table this moment, so only what was reviewed is taken out.
  const settled = requests.filter(({ breakGlass }) => breakGlass?.review).map(({ id }) => id);
  await deps.reviews.settle(person, settled).catch((error: unknown) => {
    deps.log.warn("reviews that were given could not be taken out of the book", { error });
  });
  return requests.filter(({ breakGlass }) => breakGlass && !breakGlass.review);
}

/** Enters the review that will be owed, before anything starts; false when it could not be stored. */
export async function oweReview(
  deps: Pick<Deps, "reviews" | "log">,
  person: PersonId,
  requestId: string,
): Promise<boolean> {
  try {
    await deps.reviews.owe(person, requestId);
    return true;
  } catch (error) {
    deps.log.error("a review could not be stored, so nothing was started", { error, requestId });
    return false;
  }
}

/** One run where the runbook gives single runs, else the shortest window that policy, runbook and file all give. */
export function tightestGrant(
  runbook: Pick<LoadedRunbook, "grant">,
  policy: { maxDurationMinutes: number },
  { maxMinutes }: BreakGlassTerms,
): Ask["grant"] {
  return {
    kind: runbook.grant.kinds.includes("single-run") ? "single-run" : "window",
    durationMinutes: Math.min(maxMinutes, policy.maxDurationMinutes, runbook.grant.maxDurationMinutes),
  };
}

/** What a break-glass asks for beyond a request: words that a reviewer can judge it by. */
export function breakGlassErrors({ reason, reference = "" }: Ask): { field: string; message: string }[] {
  const errors = [];
  const length = reason.trim().length;
  if (length < MIN_REASON)
    errors.push({
      field: "reason",
      message: `Say why it can’t wait, in at least ${MIN_REASON} characters; these are ${length}. Reviewers judge by it.`,
    });
  if (reference.trim().length < MIN_INCIDENT)
    errors.push({ field: "reference", message: "A break-glass names its incident. Example: INC-4211." });
  return errors;
}
