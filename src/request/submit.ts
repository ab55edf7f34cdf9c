import { digest } from "../runbook/digest.ts";
import type { Plan } from "../runbook/plan.ts";
import type { AuditFact } from "./audit-event.ts";
import type { Delegation } from "./delegation.ts";
import { record } from "./outcome.ts";
import type { Approval, AutoApproval, Instant, Request } from "./request.ts";
import { startGrant } from "./start-grant.ts";

export type Submission = {
  plan: Plan;
  reason: string;
  reference?: string;
  origin?: { channel: string };
  approval: Approval;
  pendingMinutes: number;
  /** When those who can decide are mentioned again; whatever would come after the time to live is left out. */
  remindAt?: readonly Instant[];
  /** Delegations of approvers that count now. */
  away?: readonly Delegation[];
};

/** A new pending request; its first audit event pins the plan digest, the people asked and the time it waits. */
export function submit(submission: Submission, now: Date): Request {
  const { plan, approval, reason, reference, origin } = submission;
  const at = now.toISOString();
  const waitsUntil = new Date(now.getTime() + submission.pendingMinutes * 60_000).toISOString();
  const lapsesAt = plan.recipe && plan.recipe.until < waitsUntil ? plan.recipe.until : waitsUntil;
  const remindAt = submission.remindAt?.filter((one) => one < lapsesAt) ?? [];
  const planDigest = digest(plan);
  const request: Request = {
    id: plan.requestId,
    state: "pending",
    requester: plan.requester,
    reason,
    ...(reference === undefined ? {} : { reference }),
    ...(origin === undefined ? {} : { origin }),
    plan,
    planDigest,
    approval,
    createdAt: at,
    lapsesAt,
    ...(remindAt.length > 0 ? { remindAt } : {}),
    ...(submission.away?.length ? { away: submission.away } : {}),
    votes: [],
    runs: [],
    events: [],
  };
  return record(request, at, { kind: "person", id: plan.requester }, submissionFact(request));
}

/**
 * A new request that a rule of the policy approves: active at once, its first run queued. The record names the rule,
 * what it says and what it was decided by, and no approver.
 */
export function submitApproved(submission: Submission, auto: AutoApproval, now: Date): Request {
  const request = submit({ ...submission, approval: { ...submission.approval, auto } }, now);
  const approved = record(request, now.toISOString(), { kind: "system" }, autoApprovedFact(request, auto));
  return startGrant(approved, now);
}

export function autoApprovedFact(
  { planDigest }: Pick<Request, "planDigest">,
  { rule, expression, facts, limits }: AutoApproval,
): AuditFact & { type: "request.auto-approved" } {
  return {
    type: "request.auto-approved",
    planDigest,
    rule,
    expression,
    facts,
    ...(limits ? { limits } : {}),
  };
}

/** What the first event says of the request. The people asked stand once, in the approval; the event pins them by their digest. */
export function submissionFact(request: Request): AuditFact & { type: "request.submitted" } {
  const { plan, look, reason, reference, approval, lapsesAt } = request;
  // What was seen of a write's item became part of the plan later, as what was narrowed did; both are recorded by themselves.
  const first = request.wider?.[0]?.planDigest ?? request.planDigest;
  const planDigest = look?.state === "read" ? look.submittedPlanDigest : first;
  return {
    type: "request.submitted",
    runbook: plan.runbook.name,
    version: plan.runbook.version,
    planDigest,
    reason,
    ...(reference === undefined ? {} : { reference }),
    policy: approval.policy,
    approvers: approval.approvers.length,
    approversDigest: digest(approval.approvers),
    count: approval.count,
    ...(approval.steps ? { stepsDigest: digest(approval.steps) } : {}),
    lapsesAt,
  };
}
