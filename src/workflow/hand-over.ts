import { later, QUEUED_STALE_MS } from "../request/due.ts";
import { mustBeDenied } from "../request/denial.ts";
import { mustBeStopped } from "../request/query.ts";
import type { Request } from "../request/request.ts";
import { lookDueAt } from "../request/look.ts";
import { readBackDueAt } from "../request/read-back.ts";
import type { Deps } from "./deps.ts";

/** Any past moment; always the same one, so that several calls make one look at the request. */
const NOW = new Date(0);

/**
 * Gives out the work that a stored change calls for. A queue that fails loses nothing: the sweeper finds the
 * same work in the store, so the failure is logged and the change stands.
 */
export async function handOver(deps: Pick<Deps, "queue" | "log">, request: Request): Promise<void> {
  const queued = request.runs.filter((run) => run.state === "queued");
  const wakeAt =
    request.state === "pending"
      ? request.lapsesAt
      : request.state === "active"
        ? request.grant?.endsAt
        : undefined;
  const work = [
    ...queued.map((run) => deps.queue.run(request.id, run.no)),
    deps.queue.project(request.id),
    ...(wakeAt ? [deps.queue.wake(request.id, new Date(wakeAt))] : []),
    ...(queued[0] ? [deps.queue.wake(request.id, new Date(later(queued[0].queuedAt, QUEUED_STALE_MS)))] : []),
    ...(request.state === "revoking" ? [deps.queue.stop(request.id)] : []),
    ...(request.runs.some((run) => mustBeStopped(request, run)) || mustBeDenied(request)
      ? [deps.queue.wake(request.id, NOW)]
      : []),
    ...writesToAttend(request).map((at) => deps.queue.wake(request.id, new Date(at))),
  ];
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === "rejected")
      deps.log.warn("work could not be queued; the sweeper will find it", {
        requestId: request.id,
        error: outcome.reason,
      });
  }
}

/** When the item of a write is to be looked at: before it is judged, and where nobody saw it answered. */
function writesToAttend(request: Request): string[] {
  return [lookDueAt(request), ...request.runs.map((run) => readBackDueAt(request, run))].filter(
    (at) => at !== undefined,
  );
}
