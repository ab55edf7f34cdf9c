import { nextEvent, type Actor, type AuditFact } from "./audit-event.ts";
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
  | { kind: "person"; problem: PersonProblem }
  | { kind: "already-voted"; at: Instant }
  | { kind: "already-decided"; state: RequestState; at: Instant; by?: { teamId: string; userId: string } }
  | { kind: "lapsed"; at: Instant }
  | { kind: "changed-since-shown" }
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

/** The request in the state that follows the event; throws where the table has no such transition, since callers decide first. */
export function transition(request: Request, event: RequestEvent): Request {
  const state = afterRequestEvent(request.state, event);
  if (!state) throw new Error(`A request that is ${request.state} can't ${event}`);
  return { ...request, state };
}
