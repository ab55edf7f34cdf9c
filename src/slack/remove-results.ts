import { RetryableError } from "../errors.ts";
import type { Request } from "../request/request.ts";
import type { Clock, Copy, Log, RequestStore } from "../workflow/ports.ts";
import { rowsRemoved } from "./blocks/result-messages.ts";
import { hashOf } from "./bring-copy.ts";
import { createCursor, type Cursor, withCopy } from "./projection-cursor.ts";
import type { NotSent, SlackPoster } from "./slack-poster.ts";

type Deps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  slack: SlackPoster;
  clock: Clock;
  log: Log;
};

/**
 * Takes rows out of Slack when the runbook says so and their time is over: files are deleted, tables and previews
 * are written over. Any number of times; throws `RetryableError` while something is left that Slack did not take.
 */
export function createResultRemoval(deps: Deps): (request: Request) => Promise<void> {
  return async (request) => {
    if (!rowsMustGo(request, deps.clock.now())) return;
    const stored = await deps.store.get(request.id);
    if (!stored) return;
    const cursor = createCursor(deps.store, stored);
    const failures: unknown[] = [];
    for (const copy of cursor.projection.copies.filter((one) => one.role === "rows")) {
      const outcome = await removeOne(deps, cursor, request, copy);
      if (outcome?.status === "later") failures.push(outcome.cause);
    }
    if (failures.length > 0)
      throw new RetryableError("Some rows are not removed yet", { cause: failures[0] });
  };
}

/**
 * A single run ends its grant at once, so its rows stay until the granted time is over; when somebody ended or
 * revoked the access, they go with it.
 */
function rowsMustGo(request: Request, now: Date): boolean {
  if (!request.plan.output.removeOnEnd || !request.grant || !request.revocation) return false;
  const { cause } = request.revocation;
  const wasCutShort = cause === "ended" || cause === "revoked" || cause === "plan-changed";
  return wasCutShort || now.toISOString() >= request.grant.endsAt;
}

async function removeOne(
  { slack, log }: Deps,
  cursor: Cursor,
  request: Request,
  copy: Copy,
): Promise<NotSent | undefined> {
  const message = rowsRemoved(request, copy.key);
  const shown = hashOf(message);
  if (copy.shown === shown && copy.file === undefined) return undefined;
  if (copy.file !== undefined) {
    const deleted = await slack.removeFile(copy.file);
    if (deleted.status === "later") return deleted;
    if (deleted.status === "unreachable")
      log.error("A file with rows could not be deleted; somebody has to", {
        file: copy.file,
        error: deleted.error,
      });
  }
  const updated = await slack.update(copy, message);
  if (updated.status === "later") return updated;
  if (updated.status === "unreachable")
    log.error("Rows could not be removed from a message; somebody has to", {
      channel: copy.channel,
      ts: copy.ts,
      error: updated.error,
    });
  const { file: _, ...rest } = copy;
  await cursor.change((projection) => withCopy(projection, { ...rest, shown }));
  return undefined;
}
