import type { PersonId } from "../runbook/plan.ts";
import { type Outcome, record, refused, transition } from "./outcome.ts";
import type { Request } from "./request.ts";
import { certainlySamePerson } from "./same-person.ts";

/** The requester takes a pending request back. */
export function cancel(request: Request, by: PersonId, now: Date): Outcome {
  if (!certainlySamePerson(by, request.requester)) return refused({ kind: "not-yours" });
  if (request.state !== "pending") return notPending(request);
  const at = now.toISOString();
  const cancelled = transition({ ...request, closed: { at, by } }, "cancel");
  return {
    status: "changed",
    request: record(cancelled, at, { kind: "person", id: by }, { type: "request.cancelled" }),
  };
}

/** Nobody answered in time. */
export function lapse(request: Request, now: Date): Outcome {
  const at = now.toISOString();
  if (request.state !== "pending" || at < request.lapsesAt) return refused({ kind: "nothing-to-do" });
  const lapsed = transition({ ...request, closed: { at } }, "lapse");
  return { status: "changed", request: record(lapsed, at, { kind: "system" }, { type: "request.lapsed" }) };
}

function notPending(request: Request): Outcome {
  const last = request.votes.at(-1);
  return refused({
    kind: "already-decided",
    state: request.state,
    at: request.closed?.at ?? last?.at ?? request.createdAt,
    ...(last ? { by: last.by } : {}),
  });
}
