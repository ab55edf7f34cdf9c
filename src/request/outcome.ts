import { nextEvent, type Actor, type AuditFact } from "./audit-event.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Instant, Request, RequestState } from "./request.ts";
import { afterRequestEvent, type RequestEvent } from "./transitions.ts";

/** What a decision on a request comes to: the changed document, or why nothing changed. */
export type Outcome = { status: "changed"; request: Request } | { status: "refused"; why: Refusal };

/** Why an act on a request is refused. The surface turns it into a sentence that also says who can. */
export type Refusal =
  | { kind: "own-request" }
  | { kind: "not-an-approver" }
  | { kind: "not-yours" }
  /** The policy changed: this requester could not ask for this runbook any more. */
  | { kind: "no-longer-allowed" }
  /** A rule of the policy as it is now forbids it. */
  | { kind: "denied-by-rule"; rule: string; because: string }
  /** The policy wants these steps for it, which nobody has approved. */
  | { kind: "needs-approval"; steps: readonly string[] }
  /** Who somebody is could not be asked, and unavailable means no. */
  | { kind: "group-unavailable"; group: string; why: string }
  /** Their step has all its approvals. */
  | { kind: "step-complete"; steps: readonly string[] }
  /** An earlier step comes first. */
  | { kind: "not-your-turn"; waitsFor: readonly string[] }
  /** They are the last who could approve a later step, and nobody counts twice. */
  | { kind: "needed-later"; step: string }
  | { kind: "person"; problem: PersonProblem }
  | { kind: "already-voted"; at: Instant }
  /** A delegate and whoever they voted for are one person in a step, and the other of them has approved it. */
  | { kind: "voted-as-one"; by: PersonId; delegatedBy?: PersonId; at: Instant }
  | { kind: "already-decided"; state: RequestState; at: Instant; by?: { teamId: string; userId: string } }
  | { kind: "lapsed"; at: Instant }
  | { kind: "changed-since-shown" }
  /** The button stood in a message that is not known to have been posted for this request. */
  | { kind: "not-our-card" }
  /** `sentence`: why less than what was asked for can't be approved so. */
  | { kind: "cannot-narrow"; sentence: string }
  /** The item was not looked at yet, or could not be: nobody can judge what would change. */
  | { kind: "not-looked-at" }
  /** A recipe approves requests and runs nothing itself. */
  | { kind: "recipe-runs-nothing" }
  /** The runbook or its data source is not what the recipe was asked for any more. */
  | { kind: "recipe-outdated" }
  | { kind: "not-active"; state: RequestState }
  | { kind: "window-over"; at: Instant }
  | { kind: "run-in-progress"; run: number }
  | { kind: "no-runs-left"; max: number }
  /** The approval is for one text and covers no other query. */
  | { kind: "this-query-only" }
  /** What the approval covers was approved of other guardrails, or of another version of the runbook. */
  | { kind: "guardrails-changed" }
  /** The stored request can't take another query. */
  | { kind: "record-full" }
  | { kind: "run-not-queued"; run: number }
  | { kind: "run-not-running"; run: number }
  /** It was no break-glass, so there is nothing to review. */
  | { kind: "no-review" }
  | { kind: "own-review" }
  | { kind: "not-a-reviewer"; groups: readonly string[] }
  /** Another reviewer took it on, and has until the deadline. */
  | { kind: "review-taken"; by: { teamId: string; userId: string }; until: Instant }
  | { kind: "already-reviewed"; by: { teamId: string; userId: string }; at: Instant }
  | { kind: "nothing-to-do" };

/** Why a person may not act at all. `unknown`: the directory could not say, and unavailable means no. */
export type PersonProblem = "deactivated" | "bot" | "guest" | "stranger" | "other-team" | "unknown";

export function refused(why: Refusal): Outcome & { status: "refused" } {
  return { status: "refused", why };
}

/** The request with the facts appended to its chain. */
export function record(request: Request, at: Instant, actor: Actor, ...facts: AuditFact[]): Request {
  const events = [...request.events];
  for (const fact of facts) events.push(nextEvent(request.id, events, at, actor, fact));
  return { ...request, events };
}

/** Who did an act that a person, an operator or a rule can do. */
export function whoOf({ by, operator }: { by?: PersonId; operator?: string }): Actor {
  if (by) return { kind: "person", id: by };
  return operator === undefined ? { kind: "system" } : { kind: "operator", name: operator };
}

/** The request in the state that follows the event; throws where the table has no such transition, since callers decide first. */
export function transition(request: Request, event: RequestEvent): Request {
  const state = afterRequestEvent(request.state, event);
  if (!state) throw new Error(`A request that is ${request.state} can't ${event}`);
  return { ...request, state };
}
