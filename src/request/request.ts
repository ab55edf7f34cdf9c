import type { PersonId, Plan } from "../runbook/plan.ts";
import type { AuditEvent } from "./audit-event.ts";
import type { DelegatedBy, Delegation } from "./delegation.ts";
import type { DeniedHow } from "./denial.ts";

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
  /** Plans that approvers narrowed, the one asked for first; each reaches at least as far as the next, `plan` is the last. */
  wider?: readonly WiderPlan[];
  /** As it was when the request was made. */
  approval: Approval;
  /** What is needed since the policy became stricter while the request was pending; never less than `approval`. */
  stricter?: Approval;
  /** Present when it was started by break-glass: nobody approved it, and somebody has to review it. */
  breakGlass?: BreakGlass;
  createdAt: Instant;
  /** When a pending request stops waiting. Independent of the grant's clock. */
  lapsesAt: Instant;
  /** When those who can decide are mentioned again, as long as nobody has. */
  remindAt?: readonly Instant[];
  /** Which of the approvers were away when the request was made, to show who is asked for them; whether it counts is asked at each vote. */
  away?: readonly Delegation[];
  /** Steps whose further groups may decide them since then. */
  escalated?: readonly { step: string; at: Instant }[];
  votes: readonly Vote[];
  /** When and how a request that never became a grant was closed. */
  closed?: {
    at: Instant;
    by?: PersonId;
    operator?: string;
    reason?: string;
    /** Cancelled because its incident was over. */
    cause?: "incident-closed";
  };
  grant?: Grant;
  runs: readonly Run[];
  revocation?: Revocation;
  /** Present once somebody looked at the item of a write whose before image is shown. */
  look?: Look;
  events: readonly AuditEvent[];
};

/** A plan that an approver narrowed; approvals of it hold for what it became. */
type WiderPlan = { plan: Plan; planDigest: string; narrowedBy: PersonId };

/** One bounded read of a write's item before anybody judges it, under a session of its own. */
export type Look = {
  worker: string;
  startedAt: Instant;
  attempts: number;
  lease?: Lease;
  earlierLeases?: readonly Lease[];
} & (
  | { state: "reading" }
  /** `submittedPlanDigest`: of the plan before what was seen became part of it. */
  | { state: "read"; endedAt: Instant; submittedPlanDigest: string }
  /** `mayPass`: it is tried again after `endedAt`. */
  | { state: "failed"; endedAt: Instant; failure: Failure; mayPass: boolean }
);

/** Who decides, fixed when the request is made; a stricter policy later only adds to it. */
export type Approval = {
  /** Names of the policies in `access.yml`. */
  policy: string;
  /** Of all steps. */
  groups: readonly string[];
  /** Everybody who could decide when the request was made, once each, requester excluded. */
  approvers: readonly PersonId[];
  /** Distinct people needed, over all steps. */
  count: number;
  /** Absent: one step of all groups. */
  steps?: readonly ApprovalStep[];
  /** The rule that approves without anybody, while its limits last. */
  auto?: AutoApproval;
  /** The recipe that approves without anybody being asked again. */
  recipe?: RecipeApproval;
  /** Recipes for this runbook and requester that do not cover this, and why not. */
  missedRecipes?: readonly MissedRecipe[];
  /** Groups whose members could not be known, so that nobody of them is asked. */
  unavailable?: readonly { group: string; why: string }[];
  /** Channel of the approval card. */
  channel: string;
  /** Whether the policy lets a masked preview into the thread. */
  allowPreview: boolean;
};

/** One stage of approval. A person counts once in a request, in whichever of the steps needs them. */
export type ApprovalStep = {
  name: string;
  /** Steps of a lower stage come first; those of one stage in any order. */
  stage: number;
  groups: readonly string[];
  /** Who can approve it: positions in the approval's `approvers`. */
  approvers: readonly number[];
  count: number;
  /** Groups whose members may not decide it, for nobody else either, and `lastEditor` for who last edited the runbook. */
  exclude?: readonly string[];
  /** Which policy or rule asks for it, e.g. `rule costly: plan.costUsd > 1.0`. */
  because: readonly string[];
  /** Who may decide it too once it has waited so long; found when the request was made, requester excluded. */
  escalate?: { afterMinutes: number; groups: readonly string[]; people: readonly PersonId[] };
};

/** A rule of `access.yml` decided instead of a person. */
export type AutoApproval = {
  rule: string;
  expression: string;
  /** What it was decided by, as text; values of sensitive inputs are left out. */
  facts: Readonly<Record<string, string>>;
  /** How much the rule approves of one person in a day; absent in requests from before it was kept. */
  limits?: AutoLimits;
};

export type AutoLimits = { perPersonPerDay: number; rowsPerDay?: number; bytesPerDay?: number };

/** People approved a recipe, and this request is one of its runs. */
export type RecipeApproval = {
  /** Id of the request by which it was asked for. */
  recipe: string;
  /** What its approvers voted on. */
  recipeDigest: string;
  approvers: readonly PersonId[];
  /** Which of its runs this is. */
  run: number;
  runs: number;
  until: Instant;
};

export type MissedRecipe = { recipe: string; because: string };

/** What stands instead of an approval, and the review that is owed for it. */
export type BreakGlass = {
  /** Groups whose members may do so. */
  groups: readonly string[];
  /** Where security is told. */
  channel: string;
  /** Groups whose members review it. */
  reviewGroups: readonly string[];
  /** Their members when it began, once each, requester excluded. */
  reviewers: readonly PersonId[];
  /** Not reviewed by then, it suspends the requester's break-glass. */
  reviewDueAt: Instant;
  /** The reviewer who took the review on. */
  owner?: { by: PersonId; at: Instant };
  /** Since when the reviewers were told that the review is overdue. */
  overdueSince?: Instant;
  review?: Review;
};

export type Review = {
  by: PersonId;
  at: Instant;
  verdict: "justified" | "not-justified";
  /** As typed, up to 1,000 characters. */
  words: string;
};

export type Vote = {
  by: PersonId;
  decision: "approve" | "deny";
  at: Instant;
  reason?: string;
  /** The steps that this approval may count for: those that were open and theirs at that moment. */
  steps?: readonly string[];
  /** Whose right it was, where they were away and `by` approved for them. */
  delegatedBy?: DelegatedBy;
};

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
  /** Sessions given before it: never used, or followed by it while the query went on. They live until their expiry all the same. */
  earlierLeases?: readonly Lease[];
  /** The Athena query of this run, stored before it is polled. */
  query?: QueryFacts;
  /** Looks at the item of a write whose outcome is unknown. */
  readBack?: { attempts: number; startedAt: Instant; isOver?: true };
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
  /** DynamoDB read units, of a write its write units; 0 for Athena. */
  capacityUnits: number;
  /** Athena only. */
  bytesScanned?: number;
  /** Estimated, US dollars, from bytes scanned at Athena's list price. */
  costUsd?: number;
  queryExecutionId?: string;
  durationMs: number;
  /** The cap that cut the result, when one did. */
  truncatedBy?: "maxRows" | "maxPages" | "maxItemsScanned" | "maxBytes";
  /** The units are write units. */
  wrote?: true;
  /** A write whose answer was lost: the item, read back, shows that it was done. */
  settledBy?: "read-back";
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
   * `noPreview`: why the thread got no masked preview although the runbook has one.
   */
  | {
      status: "delivered";
      at: Instant;
      as: "table" | "file" | "empty";
      removedAt?: Instant;
      recalled?: true;
      noPreview?: string;
    }
  /** `by`, `operator`: who withheld them; absent when a rule did. */
  | { status: "withheld"; at: Instant; why: string; by?: PersonId; operator?: string; reason?: string }
  | { status: "lost"; at: Instant; why: string };

export type RevocationCause =
  | "completed"
  | "expired"
  | "ended"
  | "revoked"
  | "plan-changed"
  /** `access.yml` changed: the requester could not ask for it any more, or not for so long. */
  | "no-longer-allowed"
  /** The directory says that the requester may not act any more. */
  | "requester-gone"
  /** The runbook, or the version of it that was approved, is not published any more. */
  | "runbook-withdrawn"
  /** Somebody closed the incident that it was asked for, or the channel that it was asked in was archived. */
  | "incident-closed"
  | "failed";

/** The end of a grant. `provenAt` is set only when every session of the grant has its end proven. */
type Revocation = {
  cause: RevocationCause;
  by?: PersonId;
  /** As they named themselves, at the command line. */
  operator?: string;
  reason?: string;
  startedAt: Instant;
  provenAt?: Instant;
  /** The data role's deny-list is about to name it, or does: who dies in between leaves it to be taken out all the same. */
  denying?: { until: Instant };
  /** The data role's deny-list names it, where the deployment has one. */
  denied?: { how: DeniedHow; at: Instant; until: Instant };
  /** It was taken out of the deny-list. */
  purgedAt?: Instant;
  /** Since when somebody was told that the proof takes too long. */
  overdueSince?: Instant;
};

/** When each run's worker last said that it is alive, by run number. */
export type Beats = Readonly<Record<number, Instant>>;

/** Every session that STS gave for the run, the used one last. */
export function leasesOf(run: Pick<Run, "lease" | "earlierLeases">): readonly Lease[] {
  return [...(run.earlierLeases ?? []), ...(run.lease ? [run.lease] : [])];
}

/** `<request id>/<run no>`: stands in logs, audit, user agent and tags. */
export function correlationId(requestId: string, runNo: number): string {
  return `${requestId}/${runNo}`;
}
