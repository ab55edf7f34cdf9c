import { dueAt } from "../request/due.ts";
import { isOpen } from "../request/transitions.ts";
import type { Deps } from "./deps.ts";
import type { StoredRequest } from "./ports.ts";
import { rowsMustLeave, rowsStand } from "./rows-stand.ts";

const SHORTEST_MS = 5_000;
/** Of a request that is still open, whose people wait. */
const LONGEST_OPEN_MS = 30_000;
const LONGEST_CLOSED_MS = 5 * 60_000;
/** Slack was not down for so long: what it refuses of a closed request until then, it refuses for good. */
const GIVE_UP_MS = 24 * 3_600_000;
/** Rows that can't be taken out of Slack are never given up, only tried seldom. */
const ROWS_MS = 6 * 3_600_000;

/**
 * Moves the next look at a request that nothing was done to: the longer it has not changed, the later. Requests that
 * can't be helped cost less and less, and never stand before those that can.
 *
 * @returns `given-up` when only Slack is behind on a closed request, and has been for a day; said in the log once
 */
export async function putOff(
  deps: Pick<Deps, "store" | "clock" | "log">,
  stored: StoredRequest,
): Promise<"put-off" | "given-up"> {
  const { request, version, projection } = stored;
  const now = deps.clock.now();
  const own = dueAt(request, stored.beats, rowsStand(projection));
  const ownLater = own !== undefined && own > now.toISOString() ? own : undefined;
  const isBehind = projection.shownVersion < version;
  if (!isBehind && ownLater === own) {
    await deps.store.lookAgain(request.id, version, own);
    return "put-off";
  }
  const unchangedMs = now.getTime() - Date.parse(request.events.at(-1)?.at ?? request.createdAt);
  if (!isOpen(request.state) && unchangedMs >= GIVE_UP_MS) {
    const rows = rowsMustLeave(stored, now);
    const next = rows ? after(now, ROWS_MS) : ownLater;
    if (await deps.store.lookAgain(request.id, version, next))
      deps.log.error(
        rows
          ? "rows could not be taken out of Slack for a day; somebody has to"
          : "a closed request could not be brought up to date in Slack for a day, and is given up",
        { requestId: request.id, state: request.state },
      );
    return rows ? "put-off" : "given-up";
  }
  const longestMs = isOpen(request.state) ? LONGEST_OPEN_MS : LONGEST_CLOSED_MS;
  const again = after(now, Math.min(Math.max(unchangedMs / 10, SHORTEST_MS), longestMs));
  await deps.store.lookAgain(request.id, version, ownLater && ownLater < again ? ownLater : again);
  return "put-off";
}

function after(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}
