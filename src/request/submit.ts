import { digest } from "../runbook/digest.ts";
import type { Plan } from "../runbook/plan.ts";
import type { AuditFact } from "./audit-event.ts";
import { record } from "./outcome.ts";
import type { Approval, Request } from "./request.ts";

export type Submission = {
  plan: Plan;
  reason: string;
  reference?: string;
  origin?: { channel: string };
  approval: Approval;
  pendingMinutes: number;
};

/** A new pending request; its first audit event pins the plan digest, the people asked and the time it waits. */
export function submit(submission: Submission, now: Date): Request {
  const { plan, approval, reason, reference, origin } = submission;
  const at = now.toISOString();
  const lapsesAt = new Date(now.getTime() + submission.pendingMinutes * 60_000).toISOString();
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
    votes: [],
    runs: [],
    events: [],
  };
  return record(request, at, { kind: "person", id: plan.requester }, submissionFact(request));
}

/** What the first event says of the request. The people asked stand once, in the approval; the event pins them by their digest. */
export function submissionFact(request: Request): AuditFact & { type: "request.submitted" } {
  const { plan, planDigest, reason, reference, approval, lapsesAt } = request;
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
    lapsesAt,
  };
}
