import type { PersonId } from "../runbook/plan.ts";
import { type Outcome, record, refused, transition, whoOf } from "./outcome.ts";
import type { Request } from "./request.ts";
import { certainlySamePerson } from "./same-person.ts";

/** The requester takes a pending request back. */
export function cancel(request: Request, by: PersonId, now: Date): Outcome {
  if (!certainlySamePerson(by, request.requester)) return refused({ kind: "not-yours" });
  return cancelled(request, { by }, now);
}

/** An operator cancels a pending request, whoever's it is. */
export function cancelByOperator(
  request: Request,
  by: { operator: string; reason: string },
  now: Date,
): Outcome {
  return cancelled(request, by, now);
}

/** The incident that it was asked for is over. */
export function cancelWithIncident(request: Request, by: { by?: PersonId }, now: Date): Outcome {
  return cancelled(request, { ...by, cause: "incident-closed" }, now);
}

/** Nobody answered in time. */
export function lapse(request: Request, now: Date): Outcome {
  const at = now.toISOString();
  if (request.state !== "pending" || at < request.lapsesAt) return refused({ kind: "nothing-to-do" });
  const lapsed = transition({ ...request, closed: { at } }, "lapse");
  return { status: "changed", request: record(lapsed, at, { kind: "system" }, { type: "request.lapsed" }) };
}

function cancelled(request: Request, by: Omit<NonNullable<Request["closed"]>, "at">, now: Date): Outcome {
  if (request.state !== "pending") return notPending(request);
  const at = now.toISOString();
  const closed = transition({ ...request, closed: { at, ...by } }, "cancel");
  const fact = {
    type: "request.cancelled",
    ...(by.cause === undefined ? {} : { cause: by.cause }),
    ...(by.reason === undefined ? {} : { reason: by.reason }),
  } as const;
  return { status: "changed", request: record(closed, at, whoOf(by), fact) };
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
