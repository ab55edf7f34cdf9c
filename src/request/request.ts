import type { PersonId, Plan } from "../runbook/plan.ts";
import type { AuditEvent } from "./audit-event.ts";

/** A moment as ISO 8601 in UTC with milliseconds, so that text order is time order. */
export type Instant = string;

export type RequestState = "pending" | "active" | "revoking" | "revoked" | "denied" | "cancelled" | "lapsed";

/**
 * Somebody asks for a plan, for a reason. The document holds all that is true about it, its audit events
 * included; it changes only through the functions of this folder, each of which checks the one table of transitions.
 */
export type Request = {
  id: string;
  state: RequestState;
  requester: PersonId;
  /** As typed, up to 1,000 characters; shown quoted and inert. */
  reason: string;
  /** Incident or ticket, as typed, up to 100 characters. */
  reference?: string;
  /** The channel where the request was typed, when it was a channel. */
  origin?: { channel: string };
  plan: Plan;
  planDigest: string;
  approval: Approval;
  createdAt: Instant;
  /** When a pending request stops waiting. Independent of the grant's clock. */
  lapsesAt: Instant;
  votes: readonly Vote[];
  /** When and how a request that never became a grant was closed. */
  closed?: { at: Instant; by?: PersonId; reason?: string };
  grant?: Grant;
  runs: readonly Run[];
  revocation?: Revocation;
  events: readonly AuditEvent[];
};

/** Who decides, fixed when the request is made; a stricter policy later only adds to it. */
export type Approval = {
  /** Name of the policy in `access.yml`. */
  policy: string;
  groups: readonly string[];
  /** The people who could decide when the request was made, requester excluded. */
  approvers: readonly PersonId[];
  /** Distinct people needed. */
  count: number;
  /** Channel of the approval card. */
  channel: string;
  /** Whether the policy lets a masked preview into the thread. */
  allowPreview: boolean;
};

export type Vote = { by: PersonId; decision: "approve" | "deny"; at: Instant; reason?: string };

/** The window `[startsAt, endsAt)` in which runs may start and sessions may live. */
export type Grant = { startsAt: Instant; endsAt: Instant };

export type RunState = "queued" | "running" | "succeeded" | "failed" | "stopped" | "unknown";

export type Run = {
  /** 1, 2, … within the request. */
  no: number;
  state: RunState;
  queuedAt: Instant;
  queuedBy: PersonId;
  /** The query that this run asks instead of the approved one. */
  further?: FurtherQuery;
  /** The worker that burnt the run's one-use token, and when. */
  worker?: string;
  startedAt?: Instant;
  endedAt?: Instant;
  /** The session that this run uses; the latest that it was given. */
  lease?: Lease;
  /** Sessions given before it and never used: they live until their expiry all the same. */
  earlierLeases?: readonly Lease[];
  /** The Athena query of this run, stored before it is polled. */
  query?: QueryFacts;
  result?: ResultFacts;
  failure?: Failure;
  delivery?: Delivery;
};

/** A query of the requester's own, admitted by the guardrails that were approved. */
export type FurtherQuery = {
  plan: Plan;
  planDigest: string;
  /** Of the form that it came with: the same form delivered twice is one run. */
  key: string;
};

/** An Athena query that AWS has accepted; whoever knows the id can ask AWS what became of it. */
export type QueryFacts = {
  queryExecutionId: string;
  workgroup: string;
  startedAt: Instant;
  /** How AWS ended it, once that is known; the grant is not proven ended before. */
  ended?: { at: Instant; state: QueryEnd };
};

/** The states from which an Athena query does not come back. */
export type QueryEnd = "SUCCEEDED" | "FAILED" | "CANCELLED";

/** One STS session of one run: facts only, never the secret. */
export type Lease = {
  sessionName: string;
  sessionArn: string;
  accessKeyId: string;
  sourceIdentity: string;
  issuedAt: Instant;
  /** When the session policy stops allowing anything, by AWS's clock. */
  expiresAt: Instant;
  /** The same moment by the clock of the host that records, so that its skew can't make a proof early. */
  localExpiresAt: Instant;
  /** SHA-256 of the session policy that STS was given. */
  policyDigest: string;
  /** The policy was evaluated against so many planned and mutated calls before use. */
  checks: { allowed: number; denied: number };
  end?: LeaseEnd;
};

/** How the end of a session is known. */
export type LeaseEnd = {
  at: Instant;
  /** `probe-denied`: its own credentials repeated the planned call and AWS refused. `expired`: its time was over by AWS's clock, with a margin. */
  proof: "probe-denied" | "expired";
  detail: string;
};

/** What stays of a result: numbers and a hash, never rows. */
export type ResultFacts = {
  rows: number;
  bytes: number;
  /** SHA-256 of the CSV that the requester was given. */
  sha256: string;
  pages: number;
  itemsScanned: number;
  /** DynamoDB read units; 0 for Athena. */
  capacityUnits: number;
  /** Athena only. */
  bytesScanned?: number;
  /** Estimated, US dollars, from bytes scanned at Athena's list price. */
  costUsd?: number;
  queryExecutionId?: string;
  durationMs: number;
  /** The cap that cut the result, when one did. */
  truncatedBy?: "maxRows" | "maxPages" | "maxItemsScanned" | "maxBytes";
};

export type Failure = {
  /** A stable word for logs and tests, e.g. `timeout`, `access-denied`, `throttled`, `plan-changed`, `not-proven`. */
  code: string;
  /** What happened, why, what to do. */
  sentence: string;
};

export type Delivery =
  /**
   * `removedAt`: when the rows were taken out of Slack again, where the runbook says so.
   * `recalled`: somebody withheld them while they were being posted, so they have to leave at once.
   */
  | {
      status: "delivered";
      at: Instant;
      as: "table" | "file" | "empty";
      removedAt?: Instant;
      recalled?: true;
    }
  /** `by`: who withheld them; absent when a rule did. */
  | { status: "withheld"; at: Instant; why: string; by?: PersonId; reason?: string }
  | { status: "lost"; at: Instant; why: string };

export type RevocationCause =
  | "completed"
  | "expired"
  | "ended"
  | "revoked"
  | "plan-changed"
  /** `access.yml` changed: the requester could not ask for it any more, or not for so long. */
  | "no-longer-allowed"
  | "failed";

/** The end of a grant. `provenAt` is set only when every session of the grant has its end proven. */
type Revocation = {
  cause: RevocationCause;
  by?: PersonId;
  reason?: string;
  startedAt: Instant;
  provenAt?: Instant;
};

/** When each run's worker last said that it is alive, by run number. */
export type Beats = Readonly<Record<number, Instant>>;

/** Every session that STS gave for the run, the used one last. */
export function leasesOf(run: Run): readonly Lease[] {
  return [...(run.earlierLeases ?? []), ...(run.lease ? [run.lease] : [])];
}

/** `<request id>/<run no>`: stands in logs, audit, user agent and tags. */
export function correlationId(requestId: string, runNo: number): string {
  return `${requestId}/${runNo}`;
}
