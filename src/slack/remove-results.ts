import { RetryableError } from "../errors.ts";
import type { Request } from "../request/request.ts";
import type { StuckRows } from "../request/rows.ts";
import type { Copy, Log, RequestStore } from "../workflow/ports.ts";
import { rowsRemoved } from "./blocks/result-messages.ts";
import { createCursor, withoutCopy } from "./projection-cursor.ts";
import type { NotSent, SlackPoster } from "./slack-poster.ts";

type Deps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  slack: SlackPoster;
  log: Log;
};

/**
 * Takes the rows of a request out of Slack: files are deleted, tables and previews are written over, or deleted where
 * they can't be. What stands is what was remembered of it, whatever was said of the delivery; what was removed is
 * forgotten. Any number of times.
 *
 * @returns what Slack refuses to give up; it is remembered, and tried again with the next call
 * @throws RetryableError while something is left that Slack did not take just now
 */
export function createResultRemoval(deps: Deps): (request: Request) => Promise<StuckRows[]> {
  return async (request) => {
    const stored = await deps.store.get(request.id);
    if (!stored) return [];
    const cursor = createCursor(deps.store, stored);
    const failures: unknown[] = [];
    const stuck: StuckRows[] = [];
    for (const copy of cursor.projection.copies.filter((one) => one.role === "rows")) {
      const outcome = await removeOne(deps.slack, request, copy);
      if (outcome.status === "later") failures.push(outcome.cause);
      else if (outcome.status === "stuck") stuck.push(logged(deps.log, copy, outcome.rows));
      else await cursor.change((projection) => withoutCopy(projection, copy));
    }
    if (failures.length > 0)
      throw new RetryableError("Some rows are not removed yet", { cause: failures[0] });
    return stuck;
  };
}

type Removal =
  | { status: "removed" }
  | { status: "stuck"; rows: StuckRows }
  | Extract<NotSent, { status: "later" }>;

async function removeOne(slack: SlackPoster, request: Request, copy: Copy): Promise<Removal> {
  const [run = "", preview = ""] = copy.key.split("/").toReversed();
  const stuck = (what: StuckRows["what"], error: string): Removal => ({
    status: "stuck",
    rows: { run: Number(run), what, error },
  });
  if (copy.file !== undefined) {
    const deleted = await slack.removeFile(copy.file);
    if (deleted.status === "later") return deleted;
    // The message above it has no rows, and must not say that they are gone.
    if (deleted.status === "unreachable") return stuck("file", deleted.error);
  }
  const updated = await slack.update(copy, rowsRemoved(request, copy.key));
  if (updated.status === "later") return updated;
  if (updated.status !== "unreachable") return { status: "removed" };
  const removed = await slack.remove(copy);
  if (removed.status === "later") return removed;
  if (removed.status !== "unreachable") return { status: "removed" };
  return stuck(preview === "preview" ? "preview" : "message", removed.error);
}

function logged(log: Log, { channel, ts, file }: Copy, rows: StuckRows): StuckRows {
  log.error("Slack refuses to let rows be removed; somebody has to", { channel, ts, file, ...rows });
  return rows;
}
