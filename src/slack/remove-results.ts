import { RetryableError } from "../errors.ts";
import type { Request } from "../request/request.ts";
import type { Copy, Log, RequestStore } from "../workflow/ports.ts";
import { rowsRemoved } from "./blocks/result-messages.ts";
import { createCursor, type Cursor, withoutCopy } from "./projection-cursor.ts";
import type { NotSent, SlackPoster } from "./slack-poster.ts";

type Deps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  slack: SlackPoster;
  log: Log;
};

/**
 * Takes the rows of a request out of Slack: files are deleted, tables and previews are written over. What stands is
 * what was remembered of it, whatever was said of the delivery; what was removed is forgotten. Any number of times;
 * throws `RetryableError` while something is left that Slack did not take.
 */
export function createResultRemoval(deps: Deps): (request: Request) => Promise<void> {
  return async (request) => {
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

async function removeOne(
  { slack, log }: Deps,
  cursor: Cursor,
  request: Request,
  copy: Copy,
): Promise<NotSent | undefined> {
  if (copy.file !== undefined) {
    const deleted = await slack.removeFile(copy.file);
    if (deleted.status === "later") return deleted;
    if (deleted.status === "unreachable")
      log.error("A file with rows could not be deleted; somebody has to", {
        file: copy.file,
        error: deleted.error,
      });
  }
  const updated = await slack.update(copy, rowsRemoved(request, copy.key));
  if (updated.status === "later") return updated;
  if (updated.status === "unreachable")
    log.error("Rows could not be removed from a message; somebody has to", {
      channel: copy.channel,
      ts: copy.ts,
      error: updated.error,
    });
  await cursor.change((projection) => withoutCopy(projection, copy));
  return undefined;
}
