import { digest } from "../runbook/digest.ts";
import { narrowingWords } from "../runbook/narrowing-words.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import { whyWider } from "../runbook/why-wider.ts";
import type { AuditFact } from "./audit-event.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import type { Request } from "./request.ts";

/** DynamoDB takes items of 400 KB; votes, runs and their sessions have to fit as well. */
const MAX_RECORD_BYTES = 250_000;

/**
 * The pending request with a plan that reaches no further than its own; the wider one stays in the record, since what
 * was approved of it holds for less too. The vote of the one who narrowed follows in the same change.
 */
export function narrow(request: Request, plan: Plan, by: PersonId, now: Date): Outcome {
  if (request.state !== "pending") return { status: "changed", request };
  const why = whyNotNarrowed(request.plan, plan);
  if (why !== undefined) return refused({ kind: "cannot-narrow", sentence: `It was not taken: ${why}.` });
  const planDigest = digest(plan);
  const narrowed: Request = {
    ...request,
    plan,
    planDigest,
    wider: [...(request.wider ?? []), { plan: request.plan, planDigest: request.planDigest, narrowedBy: by }],
  };
  const changed = record(
    narrowed,
    now.toISOString(),
    { kind: "person", id: by },
    narrowedFact(request.plan, plan),
  );
  return Buffer.byteLength(JSON.stringify(changed)) > MAX_RECORD_BYTES
    ? refused({ kind: "record-full" })
    : { status: "changed", request: changed };
}

/** Why a plan does not stand for the other's narrowing; nothing when it does. */
export function whyNotNarrowed(wider: Plan, narrower: Plan): string | undefined {
  if (wider.write || !wider.narrowing) return "the runbook does not let it be narrowed";
  if (digest(wider) === digest(narrower)) return "nothing is less than what was asked for";
  return whyWider(wider, narrower);
}

/** What the record says of it. */
export function narrowedFact(wider: Plan, narrower: Plan): AuditFact & { type: "request.narrowed" } {
  return {
    type: "request.narrowed",
    widerDigest: digest(wider),
    planDigest: digest(narrower),
    changes: narrowingWords(wider, narrower),
  };
}
