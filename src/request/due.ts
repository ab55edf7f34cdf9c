import { reviewReminderDueAt } from "./break-glass.ts";
import { mustBeDenied, purgeDueAt } from "./denial.ts";
import { type Beats, type Instant, leasesOf, type Request } from "./request.ts";
import { escalationDueAt } from "./escalation.ts";
import { reminderDueAt } from "./reminders.ts";
import { lookDueAt } from "./look.ts";
import { mustBeStopped } from "./query.ts";
import { readBackDueAt } from "./read-back.ts";
import { rowsTimeIsOver, runsWithRows } from "./rows.ts";
import { isOpen } from "./transitions.ts";

/** A worker that has not said it is alive for so long is taken for dead; six missed heartbeats. */
export const HEARTBEAT_STALE_MS = 30_000;
/** A queued run that nobody started by then is handed over again. */
export const QUEUED_STALE_MS = 10_000;
/** Long enough for every step of an end to be tried several times; a session's own life comes before it. */
const OVERDUE_MS = 120_000;
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
    ...(run.state === "unknown" && !request.plan.write ? [run.endedAt ?? run.queuedAt] : []),
    ...present(readBackDueAt(request, run)),
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
  times.push(
    ...present(lookDueAt(request)),
    ...leasesOf(request.look ?? {}).flatMap(({ end, localExpiresAt }) =>
      end ? [] : [later(localExpiresAt, EXPIRY_MARGIN_MS)],
    ),
  );
  if (mustBeDenied(request)) times.push(request.revocation?.startedAt ?? request.createdAt);
  times.push(...present(purgeDueAt(request)));
  if (times.length > 0) times.push(...present(alarmDueAt(request)));
  if (request.state === "pending")
    times.push(request.lapsesAt, ...present(escalationDueAt(request)), ...present(reminderDueAt(request)));
  if (request.state === "active" && request.grant) times.push(request.grant.endsAt);
  if (request.state === "revoking" && times.length === 0)
    times.push(request.revocation?.startedAt ?? request.createdAt);
  times.push(...present(reviewReminderDueAt(request)));
  return isOpen(request.state) || times.length > 0 ? times.toSorted()[0] : undefined;
}

function present(at: Instant | undefined): Instant[] {
  return at === undefined ? [] : [at];
}

/** When the end of an access that is ending should have been proven, while nobody was told that it is not. */
export function alarmDueAt({ state, runs, revocation }: Request): Instant | undefined {
  if (state !== "revoking" || !revocation || revocation.overdueSince) return undefined;
  const sessions = runs.flatMap(leasesOf).flatMap(({ end, localExpiresAt }) => (end ? [] : [localExpiresAt]));
  return later([revocation.startedAt, ...sessions].toSorted().at(-1) ?? revocation.startedAt, OVERDUE_MS);
}

export function later(at: Instant, ms: number): Instant {
  return new Date(Date.parse(at) + ms).toISOString();
}
