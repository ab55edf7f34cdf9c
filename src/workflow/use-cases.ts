import type { PersonProblem, Refusal } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import type { PersonId, RiskLevel } from "../runbook/plan.ts";

/** What a person can do, whatever door they come through; each is one file of this folder. */
export interface UseCases {
  /** Runbooks that this person may ask for, by title. A person without any gets an empty list. */
  runbooksFor(person: PersonId): RunbookChoice[];
  submitRequest(ask: Ask): Promise<SubmitOutcome>;
  castVote(vote: VoteAct): Promise<ActOutcome>;
  cancelRequest(act: Act): Promise<ActOutcome>;
  /** The owner ends their own grant; an approver of it or an admin revokes it, with a reason. */
  endGrant(act: Act & { reason?: string }): Promise<ActOutcome>;
  runAgain(act: Act): Promise<ActOutcome>;
  /**
   * Another query of the requester's own in an open window whose approval covers every query that its guardrails
   * admit.
   */
  runAnotherQuery(ask: AnotherQuery): Promise<AnotherQueryOutcome>;
  /** Newest first. */
  requestsOf(person: PersonId, limit: number): Promise<Request[]>;
  /** Only for people it concerns: its requester, its approvers, admins. */
  viewRequest(act: Act): Promise<ActOutcome>;
}

export type RunbookChoice = {
  name: string;
  title: string;
  purpose: string;
  tags: readonly string[];
  riskLevel: RiskLevel;
  environment: string;
  /** How many distinct approvals a request needs now, and who could give them. */
  approval: { count: number; groups: readonly string[]; approvers: readonly PersonId[] };
  grant: { kinds: readonly ("single-run" | "window")[]; maxDurationMinutes: number };
};

export type Ask = {
  /** Makes the same submission, delivered again, the same request. Unique per filled form. */
  key: string;
  requester: PersonId;
  runbook: string;
  /** As the surface got them, by parameter name; checked here. */
  rawInputs: Readonly<Record<string, unknown>>;
  grant: { kind: "single-run" | "window"; durationMinutes: number };
  reason: string;
  reference?: string;
  origin?: { channel: string };
};

export type SubmitOutcome =
  | { status: "submitted"; request: Request }
  /** Something typed can't be accepted; `field` is a parameter name, or `reason`, `reference`, `duration`. */
  | { status: "invalid"; errors: { field: string; message: string }[] }
  | { status: "refused"; why: SubmitRefusal };

export type SubmitRefusal =
  | { kind: "unknown-runbook"; name: string; nearest?: string }
  | { kind: "not-a-requester"; groups: readonly string[] }
  | { kind: "person"; problem: PersonProblem }
  /** Nobody but the requester could approve. */
  | { kind: "nobody-can-approve"; groups: readonly string[]; needed: number; available: number }
  /** The compiled session policy can't be proven tight, or does not fit STS's limit. */
  | { kind: "policy"; sentence: string }
  | { kind: "too-many-open"; max: number }
  /** With its inputs and everybody who could approve, more than can be kept together with what will be recorded. */
  | { kind: "too-large"; bytes: number; maxBytes: number };

export type Act = { requestId: string; by: PersonId };

export type VoteAct = Act & {
  decision: "approve" | "deny";
  reason?: string;
  /** First 12 hex digits of the plan digest that the person saw. */
  shownDigest: string;
};

export type AnotherQuery = Act & {
  /** As typed; checked here. */
  text: string;
  /** Makes the same submission, delivered again, the same run. Unique per filled form. */
  key: string;
};

export type AnotherQueryOutcome =
  | ActOutcome
  /** The guardrails do not admit it; `message` says where, why and how to mend it, one thought per line. */
  | { status: "invalid"; errors: { field: string; message: string }[] };

export type ActOutcome =
  | { status: "done"; request: Request }
  | { status: "refused"; why: Refusal; request: Request }
  | { status: "not-found" };
