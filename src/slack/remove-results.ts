import { RetryableError } from "../errors.ts";
import type { Request } from "../request/request.ts";
import type { Copy, Log, RequestStore } from "../workflow/ports.ts";
import { rowsRemoved } from "./blocks/result-messages.ts";
import { hashOf } from "./bring-copy.ts";
import { createCursor, type Cursor, withCopy } from "./projection-cursor.ts";
import type { NotSent, SlackPoster } from "./slack-poster.ts";

type Deps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  slack: SlackPoster;
  log: Log;
};

/**
 * Takes the rows of a request out of Slack: files are deleted, tables and previews
 * are written over. Any number of times; throws `RetryableError` while something is left that Slack did not take.
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
