import type { Request, Run } from "../request/request.ts";
import { patiently } from "../workflow/patiently.ts";
import type { Log, RequestStore } from "../workflow/ports.ts";
import { type Cursor, createCursor } from "./projection-cursor.ts";

export type StartDeps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  /** Brings the request's copies and its thread up to what is stored; throws while somebody else does. */
  project: (requestId: string) => Promise<void>;
  log: Log;
};

/** A reader sees a result above its run's start rather than none at all. */
const PATIENCE_MS = 5_000;

/**
 * What stands in Slack once the thread has told that the run started, so that nothing of the run stands above it. While Slack or
 * the worker that is drawing takes too long, as far as they got.
 */
export async function afterItsStart(
  { store, project, log }: StartDeps,
  cursor: Cursor,
  { id, events }: Request,
  run: Run,
): Promise<Cursor> {
  const start = events.find(({ fact }) => fact.type === "run.started" && fact.run === run.no);
  const isTold = async () => {
    const stored = await store.get(id);
    return stored !== undefined && stored.projection.toldSeq >= (start?.seq ?? 0);
  };
  try {
    await patiently(
      PATIENCE_MS,
      async () => (await isTold()) || project(id),
      () => undefined,
    );
  } catch (error) {
    log.warn("A run's start is not told yet; its preview may stand above it", { requestId: id, error });
  }
  const stored = await store.get(id);
  return stored ? createCursor(store, stored) : cursor;
}
