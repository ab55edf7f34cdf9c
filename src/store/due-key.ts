import { dueAt } from "../request/due.ts";
import type { Beats, Instant, Request } from "../request/request.ts";

/** A change whose copies in Slack are not up to date by then is projected again. */
const PROJECTION_STALE_MS = 15_000;

/** When to look at a request that has just changed: its copies in Slack are behind until somebody says otherwise. */
export function lookAgainAt(request: Request, beats: Beats | undefined, rowsStand: boolean): Instant {
  const changedAt = request.events.at(-1)?.at ?? request.createdAt;
  const stale = new Date(Date.parse(changedAt) + PROJECTION_STALE_MS).toISOString();
  const own = dueAt(request, beats, rowsStand);
  return own !== undefined && own < stale ? own : stale;
}
