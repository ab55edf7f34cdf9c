import { digest } from "../runbook/digest.ts";
import type { DelegatedBy } from "./delegation.ts";
import type { DeniedHow } from "./denial.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { StuckRows } from "./rows.ts";
import type {
  AutoLimits,
  Delivery,
  Failure,
  Grant,
  Instant,
  Lease,
  LeaseEnd,
  QueryEnd,
  RecipeApproval,
  ResultFacts,
  Review,
  RevocationCause,
} from "./request.ts";

/**
 * One recorded fact. Events of a request form a chain: each holds the hash of the one before, and its own hash
 * covers everything else in it (SHA-256 over RFC 8785 JSON), so a changed, missing or reordered event is found.
 */
export type AuditEvent = {
  chain: string;
  /** 0, 1, … without a gap. */
  seq: number;
  at: Instant;
  actor: Actor;
  fact: AuditFact;
  /** Hash of the event before; 64 zeros for the first. */
  prev: string;
  hash: string;
};

/**
 * `person`: somebody did it. `system`: the product did, by a rule that the fact names. `worker`: the process that ran the
 * query. `operator`: whoever had the rights on the table and typed `jit revoke`; the name is what they said, nobody checked it.
 */
export type Actor =
  | { kind: "person"; id: PersonId }
  | { kind: "system" }
  | { kind: "worker"; id: string }
  | { kind: "operator"; name: string };

export type AuditFact =
  | {
      type: "request.submitted";
      runbook: string;
      version: string;
      planDigest: string;
      reason: string;
      reference?: string;
      policy: string;
      /** How many identities could approve, and the digest of their list, which stands in the request's approval. */
      approvers: number;
      approversDigest: string;
      count: number;
      /** Digest of the approval's steps; absent where there is one step of everybody. */
      stepsDigest?: string;
      lapsesAt: Instant;
    }
  /** The policy became stricter while the request was pending. `steps`: what is asked for besides, in words. */
  | {
      type: "policy.changed";
      steps: readonly string[];
      approvers: number;
      approversDigest: string;
      stepsDigest: string;
      count: number;
    }
  /** An approver approves less; their vote for the narrower plan follows. `changes`: what is less, in words. */
  | { type: "request.narrowed"; widerDigest: string; planDigest: string; changes: readonly string[] }
  /** `steps`: those that the approval may count for. `delegatedBy`: whose right it was, away until then. */
  | {
      type: "vote.approved";
      planDigest: string;
      rule: string;
      steps?: readonly string[];
      delegatedBy?: DelegatedBy;
    }
  /** Nobody decided the step in time, so that these groups may decide it too; the people stand in the approval. */
  | {
      type: "step.escalated";
      step: string;
      afterMinutes: number;
      groups: readonly string[];
      approvers: number;
      approversDigest: string;
    }
  /** Those who can decide were mentioned again; `no`: which of so many reminders it was. */
  | { type: "approvers.reminded"; no: number; of: number }
  /** A rule approved it, no person did. */
  | {
      type: "request.auto-approved";
      planDigest: string;
      rule: string;
      expression: string;
      facts: Readonly<Record<string, string>>;
      limits?: AutoLimits;
    }
  /** A recipe that people had approved covers it; nobody was asked again. */
  | ({ type: "request.approved-by-recipe"; planDigest: string } & RecipeApproval)
  /** Its requester started it at once; nobody approved. */
  | {
      type: "request.break-glass";
      planDigest: string;
      groups: readonly string[];
      channel: string;
      /** How many identities could review, and the digest of their list, which stands in the request. */
      reviewers: number;
      reviewersDigest: string;
      reviewDueAt: Instant;
    }
  | { type: "review.taken" }
  | { type: "review.overdue" }
  | { type: "review.given"; verdict: Review["verdict"]; words: string }
  | { type: "vote.denied"; reason: string; delegatedBy?: DelegatedBy }
  | { type: "request.approved"; grant: Grant }
  | { type: "request.denied" }
  /** `cause`: its incident is over. */
  | { type: "request.cancelled"; reason?: string; cause?: "incident-closed" }
  | { type: "request.lapsed" }
  | { type: "run.queued"; run: number }
  /** A query of the requester's own that the approved guardrails admit. `text`: canonical; absent where it is sensitive. */
  | {
      type: "query.admitted";
      run: number;
      planDigest: string;
      guardrailsDigest: string;
      /** SHA-256 of the canonical text in UTF-8. */
      textDigest: string;
      text?: string;
    }
  | { type: "look.started"; attempt: number }
  /** What approvers are shown: the plan holds it from now on, the record its digest alone. */
  | { type: "look.read"; planDigest: string; attributes: readonly string[]; imageDigest: string }
  | { type: "look.failed"; failure: Failure }
  | { type: "run.started"; run: number; planDigest: string }
  | { type: "read-back.started"; run: number; attempt: number }
  /** Unknown before; the item, read back, showed that the write was done. */
  | { type: "run.settled"; run: number; result: ResultFacts }
  | { type: "lease.issued"; run: number; lease: Lease }
  | { type: "query.started"; run: number; queryExecutionId: string; workgroup: string }
  | { type: "query.ended"; run: number; state: QueryEnd }
  | { type: "run.succeeded"; run: number; result: ResultFacts }
  | { type: "run.failed"; run: number; failure: Failure }
  | { type: "run.stopped"; run: number; failure: Failure }
  | { type: "run.unknown"; run: number; failure: Failure }
  | { type: "result.settled"; run: number; delivery: Delivery }
  | { type: "result.removed"; run: number }
  /** Slack refused to let them go, and said why. They stand there until somebody helps; the removal is tried on. */
  | ({ type: "result.stuck" } & StuckRows)
  | { type: "revocation.started"; cause: RevocationCause; reason?: string }
  | { type: "grant.denied"; how: DeniedHow; until: Instant }
  | { type: "grant.purged" }
  | { type: "revocation.overdue"; unproven: readonly string[] }
  | { type: "lease.ended"; run: number; end: LeaseEnd }
  | { type: "access.revoked"; cause: RevocationCause; livedSeconds: number };

const GENESIS = "0".repeat(64);

/** The event that follows `events` with this fact. */
export function nextEvent(
  chain: string,
  events: readonly AuditEvent[],
  at: Instant,
  actor: Actor,
  fact: AuditFact,
): AuditEvent {
  const unsealed = { chain, seq: events.length, at, actor, fact, prev: events.at(-1)?.hash ?? GENESIS };
  return { ...unsealed, hash: digest(unsealed) };
}

/** The first place where the chain does not hold, or nothing when it does. A cut-off tail can't be seen from the chain alone. */
export function findBreak(
  chain: string,
  events: readonly AuditEvent[],
): { seq: number; problem: string } | undefined {
  let prev = GENESIS;
  for (const [index, event] of events.entries()) {
    const { hash, ...unsealed } = event;
    if (event.chain !== chain) return { seq: index, problem: `belongs to chain ${event.chain}` };
    if (event.seq !== index)
      return { seq: index, problem: `has number ${event.seq}: one is missing or moved` };
    if (event.prev !== prev) return { seq: index, problem: "does not follow the event before it" };
    if (digest(unsealed) !== hash) return { seq: index, problem: "was changed after it was recorded" };
    prev = hash;
  }
  return undefined;
}
