import { leasePolicy } from "../iam/lease-policy.ts";
import type { PolicyDocument } from "../iam/policy-document.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import { proveSessionPolicy } from "../iam/prove-session-policy.ts";
import type { Plan } from "../runbook/plan.ts";
import { SessionRefused } from "./session-refused.ts";

/**
 * The exact policy text for a session that ends at `expiresAt`, after evaluating it: every planned call allowed,
 * every mutated one denied. What Athena reads in the session's name may go on until `forwardedUntil`.
 *
 * @throws SessionRefused when one check comes out otherwise or STS could not take the text; then nothing may run.
 */
export function provePlan(
  plan: Plan,
  expiresAt: Date,
  now: Date,
  forwardedUntil = expiresAt,
): { text: string; checks: { allowed: number; denied: number } } {
  const text = leaseText(plan, expiresAt, forwardedUntil);
  const proof = proveSessionPolicy({
    calls: plan.calls,
    schemas: plan.tables,
    target: plan.target,
    ...(plan.athena && { athena: plan.athena }),
    policy: JSON.parse(text) as PolicyDocument,
    expiresAt,
    forwardedUntil,
    now,
  });
  if (!proof.proven) {
    throw new SessionRefused(
      "not-proven",
      "The session policy of this plan could not be proven to allow the planned calls and nothing else, so nothing runs. The runbook's owner must look at it.",
    );
  }
  const allowed = proof.checks.filter((check) => check.expect === "allowed").length;
  return { text, checks: { allowed, denied: proof.checks.length - allowed } };
}

function leaseText(plan: Plan, expiresAt: Date, forwardedUntil: Date): string {
  try {
    return leasePolicy(JSON.parse(plan.sessionPolicy) as PolicyDocument, expiresAt, forwardedUntil);
  } catch (error) {
    if (!(error instanceof PolicyRefused)) throw error;
    throw new SessionRefused("policy-refused", error.message, { cause: error });
  }
}
