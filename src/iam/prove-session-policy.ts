import { RequestError } from "../dynamodb/request-error.ts";
import { checkPolicyShape } from "./check-policy-shape.ts";
import { interrogateAthena } from "./interrogate-athena.ts";
import { interrogateDynamoDb } from "./interrogate-dynamodb.ts";
import { byEngine, type PlannedCalls } from "./planned-calls.ts";
import type { PolicyDocument } from "./policy-document.ts";
import {
  answerIsWrong,
  type Interrogation,
  type Proof,
  type ProofCheck,
  type ProofFailure,
} from "./policy-proof.ts";
import { PolicyRefused } from "./policy-refused.ts";

/**
 * Whether a leased session policy allows the planned calls and nothing else: each call is allowed at `now`,
 * every mutation of it is denied, and no statement has a part that no call asked for. The questions come from
 * the requests themselves, not from the policy and not by way of the compiler, so a mistake of either shows.
 */
export function proveSessionPolicy(
  input: PlannedCalls & {
    policy: PolicyDocument;
    expiresAt: Date;
    /** When what Athena may ask for in the session's name ends; with the rest, unless given. */
    forwardedUntil?: Date;
    now: Date;
  },
): Proof {
  const interrogation = prepare(input);
  if ("reason" in interrogation) return { proven: false, failures: [interrogation] };

  const failures: ProofFailure[] = checkPolicyShape(input.policy).map((reason) => ({ reason }));
  if (failures.length === 0) {
    failures.push(...interrogation.unplannedParts(input.policy).map((reason) => ({ reason })));
  }
  const checks: ProofCheck[] = [];
  for (const { check, request } of interrogation.questions) {
    checks.push(check);
    const failure = answerIsWrong(check, request, input.policy);
    if (failure) failures.push(failure);
  }
  const [first, ...others] = failures;
  return first ? { proven: false, failures: [first, ...others] } : { proven: true, checks };
}

/** The questions, or why the calls can't be read. */
function prepare(
  input: PlannedCalls & { expiresAt: Date; forwardedUntil?: Date; now: Date },
): Interrogation | ProofFailure {
  const { now, expiresAt, forwardedUntil = expiresAt } = input;
  try {
    const { engine, plan } = byEngine(input);
    return engine === "athena"
      ? interrogateAthena(plan, now, expiresAt, forwardedUntil)
      : interrogateDynamoDb(plan, now, expiresAt);
  } catch (error) {
    if (error instanceof RequestError || error instanceof PolicyRefused) return { reason: error.message };
    throw error;
  }
}
