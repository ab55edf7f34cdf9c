import type { WhyNotDelegate } from "../policy/may-delegate.ts";
import type { Delegation } from "../request/delegation.ts";
import type { Incident } from "../request/incident.ts";
import type { PersonProblem, Refusal } from "../request/outcome.ts";
import type { NoBreakGlass } from "../policy/may-break-glass.ts";
import type { BreakGlass, Instant, Request, Review } from "../request/request.ts";
import type { SaidPart } from "../request/said.ts";
import type { PersonId, RiskLevel } from "../runbook/plan.ts";

/** What a person can do, whatever door they come through; each is one file of this folder. */
export interface UseCases {
  /** Runbooks that this person may ask for, by title, as far as directories say in time. A person without any gets an empty list. */
  runbooksFor(person: PersonId): Promise<RunbookChoices>;
  /** A surface gives the form of a runbook that there is to nobody who may not ask for it, and says so here for the record. */
  refuseForm(ask: Pick<Ask, "requester" | "runbook">): Promise<void>;
  submitRequest(ask: Ask): Promise<SubmitOutcome>;
  /** Whether the person may start this runbook without any approval, and what that would mean. A refusal is recorded. */
  offerBreakGlass(ask: Pick<Ask, "requester" | "runbook">): Promise<BreakGlassOffer>;
  /** What a recipe for this runbook could be, for who may ask for it. */
  offerRecipe(ask: Pick<Ask, "requester" | "runbook">): Promise<RecipeOffer>;
  /** Recipes in force that the person asked for, may use, approved or may revoke; those that end first first. */
  recipesFor(person: PersonId): Promise<RecipeListed[]>;
  /** A reviewer takes the review of a break-glass on. */
  takeReview(act: Act): Promise<ActOutcome>;
  giveReview(act: ReviewAct): Promise<ActOutcome>;
  castVote(vote: VoteAct & Shown): Promise<ActOutcome>;
  /** An approval of less than what was asked for; approvals given before hold for it too. */
  approveLess(act: LessApproved & Shown): Promise<NarrowedOutcome>;
  cancelRequest(act: Act): Promise<ActOutcome>;
  /** The owner ends their own grant; an approver of it or an admin revokes it, with a reason. */
  endGrant(act: Act & { reason?: string }): Promise<ActOutcome>;
  /** Ends every grant, and cancels every waiting request, of an incident that is over, where this person may end it. */
  closeIncident(closing: IncidentClosing): Promise<IncidentClosed>;
  /** Somebody said that this channel was archived; where that is true, what was asked in it ends. */
  channelArchived(channel: string): Promise<void>;
  runAgain(act: Act): Promise<ActOutcome>;
  /**
   * Another query of the requester's own in an open window whose approval covers every query that its guardrails
   * admit.
   */
  runAnotherQuery(ask: AnotherQuery): Promise<AnotherQueryOutcome>;
  /** Newest first; last, older break-glass requests that wait for their review. */
  requestsOf(person: PersonId, limit: number): Promise<Request[]>;
  /** Only for people it concerns: its requester, its approvers, admins. */
  viewRequest(act: Act): Promise<ActOutcome>;
  /** An approver says who approves for them while they are away. */
  goAway(ask: AwayAsk): Promise<AwayOutcome>;
  comeBack(by: PersonId): Promise<BackOutcome>;
  /** Who is away or will be, the first to come back first. */
  delegations(): Promise<Delegation[]>;
  /** What the policy would decide about this, and why; nothing is stored and nobody is asked. */
  explain(question: ExplainQuestion): Promise<ExplainAnswer>;
  /** Who can ask for the runbook, decide it and see its results. */
  who(question: Pick<ExplainQuestion, "runbook" | "requester">): Promise<ExplainAnswer>;
  /** Requests that this person's approval would bring on, the one that lapses first first. */
  waitingFor(person: PersonId): Promise<Request[]>;
}

export type IncidentClosing = { by: PersonId; incident: Incident };

export type IncidentClosed =
  /** `notTheirs`: tied to it as well, and for others to end. */
  | { status: "closed"; ended: Request[]; cancelled: Request[]; notTheirs: Request[] }
  | { status: "refused"; problem: PersonProblem };

export type AwayAsk = {
  by: PersonId;
  delegate: PersonId;
  /** Like `2026-12-01` or `2026-12-01 18:00`, in the time zone of `access.yml`; `from` absent: now. */
  until: string;
  from?: string;
};

export type AwayOutcome =
  | { status: "away"; delegation: Delegation }
  | { status: "refused"; why: AwayRefusal };

export type AwayRefusal =
  | WhyNotDelegate
  | { kind: "no-date" }
  | { kind: "person"; who: "delegator" | "delegate"; problem: PersonProblem };

export type BackOutcome = { status: "back"; delegation: Delegation } | { status: "not-away" };

export type ExplainQuestion = Pick<Ask, "runbook" | "requester" | "rawInputs">;

export type ExplainAnswer =
  /** `mayAsk`: whether the one who asks this could send the request. */
  | { status: "explained"; title: string; parts: SaidPart[]; mayAsk: boolean }
  | { status: "refused"; why: SubmitRefusal };

export type RunbookChoices = {
  choices: RunbookChoice[];
  /** Groups that may ask for more, and why nobody knows now whether the person is in them. */
  unknown: { group: string; why: string }[];
};

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
  /** Starts at once, without any approval, on the tightest terms whatever `grant` says; a review is owed. */
  breakGlass?: true;
  /** Asks for a recipe instead of a run. */
  recipe?: RecipeAsk;
};

/** What somebody wants approved in advance; `Ask.rawInputs` and `Ask.grant` say nothing then. */
export type RecipeAsk = {
  /** By parameter name, which values are allowed, as `readRange` takes them. */
  inputs: Readonly<Record<string, unknown>>;
  people: readonly PersonId[];
  groups: readonly string[];
  runs: number;
  /** The last day, like `2026-12-01`, in the time zone of `access.yml`. */
  until: string;
};

export type RecipeOffer =
  | { status: "offered"; maxRuns: number; maxDays: number; groups: readonly string[] }
  | { status: "refused"; why: SubmitRefusal };

export type RecipeListed = {
  recipe: Request;
  runsTaken: number;
  /** What the person may do with it. */
  may: "end" | "revoke" | "use";
};

export type BreakGlassOffer =
  | { status: "offered"; maxMinutes: number; breakGlass: BreakGlass }
  | { status: "refused"; why: SubmitRefusal };

export type SubmitOutcome =
  | { status: "submitted"; request: Request }
  /** Something typed can't be accepted; `field` is a parameter name, or `reason`, `reference`, `duration`. */
  | { status: "invalid"; errors: { field: string; message: string }[] }
  | { status: "refused"; why: SubmitRefusal };

export type SubmitRefusal =
  | { kind: "unknown-runbook"; name: string; nearest?: string }
  /** `unavailable`: groups whose members can't be known now, so that nobody of them may ask. */
  | {
      kind: "not-a-requester";
      groups: readonly string[];
      unavailable?: readonly { group: string; why: string }[];
    }
  /** A rule of `access.yml` forbids it; `unknown`: because a fact that it names is missing. */
  | { kind: "denied-by-rule"; rule: string; because: string; unknown: boolean }
  | { kind: "person"; problem: PersonProblem }
  /** Nobody but the requester could approve. */
  | { kind: "nobody-can-approve"; groups: readonly string[]; needed: number; available: number }
  /** The compiled session policy can't be proven tight, or does not fit STS's limit. */
  | { kind: "policy"; sentence: string }
  /** This very form was sent before, with other content; that request stands. */
  | { kind: "already-submitted"; requestId: string }
  | NoBreakGlass
  /** An earlier break-glass of theirs was not reviewed in time. */
  | { kind: "review-open"; requestId: string; dueAt: Instant; groups: readonly string[] }
  /** Nothing starts whose review could not be stored. */
  | { kind: "review-not-stored" }
  /** A policy of this runbook allows no recipes. */
  | { kind: "no-recipes"; runbook: string }
  /** Nobody can approve a query in advance that nobody has written. */
  | { kind: "recipe-of-own-query"; parameter: string }
  | { kind: "recipe-needs-single-run"; runbook: string }
  /** Its item is looked at before each write, and people judge what stands there. */
  | { kind: "recipe-of-looked-at-write"; runbook: string }
  | { kind: "too-many-recipes"; max: number }
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

/** The message that the pressed button stood in, as Slack says it: a decision counts in one that was posted for the request. */
export type Shown = { shownIn: { channel: string; ts: string } | undefined };

export type LessApproved = Act & {
  /** As in a vote. */
  shownDigest: string;
  wanted: LessWanted;
};

/** What is left of it; absent, or the same as asked for: as it is. `inputs`: times as typed, by parameter name. */
export type LessWanted = {
  durationMinutes?: number;
  maxRows?: number;
  masked?: readonly string[];
  inputs?: Readonly<Record<string, unknown>>;
};

export type NarrowedOutcome =
  | ActOutcome
  /** `field`: `duration`, `rows`, `columns`, a parameter name, or empty where it is about all of them. */
  | { status: "invalid"; errors: { field: string; message: string }[] };

export type ReviewAct = Act & { verdict: Review["verdict"]; words: string };

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
