import { record, transition } from "./outcome.ts";
import type { Request } from "./request.ts";
import { queuedRun } from "./run.ts";

/** The request with its full window, from now, and its first run queued. */
export function startGrant(request: Request, now: Date): Request {
  const at = now.toISOString();
  const endsAt = new Date(now.getTime() + request.plan.grant.durationMinutes * 60_000).toISOString();
  const grant = { startsAt: at, endsAt };
  const run = queuedRun(request, request.requester, at);
  return record(
    transition({ ...request, grant, runs: [run] }, "approve"),
    at,
    { kind: "system" },
    { type: "request.approved", grant },
    { type: "run.queued", run: run.no },
  );
}
