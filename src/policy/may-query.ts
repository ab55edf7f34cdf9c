import { approvalOf, stepsOf } from "../request/approval.ts";
import { type Outcome, refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import type { Access } from "../runbook/access-file.ts";
import { decide } from "./decide.ts";
import type { Question } from "./question.ts";

/**
 * Why a further query, which the approved guardrails admit, may not run without being asked for by itself: a rule forbids
 * it, or the policy wants a step for it that nobody has approved. Nothing when it may; `question` is about its plan.
 */
export function whyNotThisQuery(
  access: Access,
  question: Question,
  request: Request,
): (Outcome & { status: "refused" }) | undefined {
  const verdict = decide(access, question);
  if (verdict.status === "denied-by-rule")
    return refused({ kind: "denied-by-rule", rule: verdict.rule, because: verdict.because });
  if (verdict.status !== "decided") return undefined;
  const approved = stepsOf(approvalOf(request));
  const missing = verdict.approval.steps.filter(
    ({ name, count }) => !approved.some((step) => step.name === name && step.count >= count),
  );
  return missing.length > 0
    ? refused({ kind: "needs-approval", steps: missing.map(({ name }) => name) })
    : undefined;
}
