import { type Beats, type Instant, leasesOf, type Request } from "./request.ts";
import { mustBeStopped } from "./query.ts";
import { rowsTimeIsOver, runsWithRows } from "./rows.ts";
import { isOpen } from "./transitions.ts";

/** A worker that has not said it is alive for so long is taken for dead; six missed heartbeats. */
export const HEARTBEAT_STALE_MS = 30_000;
/** A queued run that nobody started by then is handed over again. */
export const QUEUED_STALE_MS = 10_000;
/** How long after a session's expiry its worker may still prove the end by a probe; then the expiry itself is the proof. */
export const EXPIRY_MARGIN_MS = 15_000;

/**
 * When somebody should look at the request next even if nothing happens, or nothing when it can rest.
 *
 * @param rowsStand messages or files with rows are known to stand in Slack, whatever is recorded of their delivery
 */
export function dueAt(request: Request, beats: Beats = {}, rowsStand = false): Instant | undefined {
  const times = request.runs.flatMap((run) => [
    ...(run.state === "queued" ? [later(run.queuedAt, QUEUED_STALE_MS)] : []),
    ...(run.state === "running"
      ? [later(beats[run.no] ?? run.startedAt ?? run.queuedAt, HEARTBEAT_STALE_MS)]
      : []),
    ...(run.state === "unknown" ? [run.endedAt ?? run.queuedAt] : []),
    ...(run.query && mustBeStopped(request, run) ? [run.query.startedAt] : []),
    ...leasesOf(run).flatMap(({ end, localExpiresAt }) =>
      end ? [] : [later(localExpiresAt, EXPIRY_MARGIN_MS)],
    ),
    ...(run.state === "succeeded" && !run.delivery
      ? [later(beats[run.no] ?? run.endedAt ?? run.queuedAt, HEARTBEAT_STALE_MS)]
      : []),
  ]);
  const rowsToRemove = runsWithRows(request).length > 0 || (rowsStand && request.plan.output.removeOnEnd);
  if (request.grant && request.revocation && rowsToRemove) {
    times.push(
      rowsTimeIsOver(request, new Date(request.revocation.startedAt))
        ? request.revocation.startedAt
        : request.grant.endsAt,
    );
  }
  if (request.state === "pending") times.push(request.lapsesAt);
  if (request.state === "active" && request.grant) times.push(request.grant.endsAt);
  if (request.state === "revoking" && times.length === 0)
    times.push(request.revocation?.startedAt ?? request.createdAt);
  return isOpen(request.state) || times.length > 0 ? times.toSorted()[0] : undefined;
}

export function later(at: Instant, ms: number): Instant {
  return new Date(Date.parse(at) + ms).toISOString();
}
