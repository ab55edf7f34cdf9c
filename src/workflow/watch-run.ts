import type { Request } from "../request/request.ts";
import { correlationId } from "../request/request.ts";
import { recordQuery } from "../request/query.ts";
import { runOf } from "../request/run.ts";
import type { Deps } from "./deps.ts";
import { GrantEnded } from "./grant-ended.ts";
import { followQuery } from "./follow-query.ts";
import { handOver } from "./hand-over.ts";
import type { Heart } from "./heart.ts";
import type { LeaseDeps } from "./open-session.ts";
import { patiently } from "./patiently.ts";
import type { QueryJanitor, RunSession, RunWatch } from "./ports.ts";
import { SessionRefused } from "./session-refused.ts";

/** For the record of a query, which runs on meanwhile. */
const PATIENCE_MS = 4_000;

type RecordedQuery = { queryExecutionId: string; workgroup: string };

/** What a run tells on its way: progress for the thread, and the id of its query for whoever may have to stop it. */
export function watchRun(
  deps: LeaseDeps & Pick<Deps, "queue"> & { janitor: QueryJanitor },
  request: Request,
  run: number,
  heart: Heart,
  issued: RunSession[],
): RunWatch {
  return {
    progress: heart.progress,
    nextLease: ({ queryExecutionId }) =>
      followQuery(deps, request, run, { queryExecutionId, signal: heart.signal, issued }),
    async queryStarted(query) {
      const stored = await recorded(deps, request, run, query);
      if (!stored) throw new GrantEnded("The run was given up before its query was accepted");
      await handOver(deps, stored);
      if (stored.state !== "active") throw new GrantEnded("The grant ended before its query was accepted");
    },
  };
}

/**
 * The document in which the query stands; nothing when the run is this worker's no more. A query that can't be recorded
 * is stopped.
 *
 * @throws SessionRefused when the store could not be reached
 */
async function recorded(
  deps: Pick<Deps, "store" | "clock" | "log"> & { worker: string; janitor: QueryJanitor },
  request: Request,
  run: number,
  query: RecordedQuery,
): Promise<Request | undefined> {
  const record = async () => {
    const outcome = await deps.store.change(request.id, (current) =>
      recordQuery(current, run, deps.worker, query, deps.clock.now()),
    );
    if (outcome.status === "changed") return outcome.request;
    // Recorded by an attempt whose answer was lost, or no longer this worker's run.
    const stored = (await deps.store.get(request.id))?.request;
    return stored && isRecorded(stored, run, deps.worker, query) ? stored : undefined;
  };
  try {
    const stored = await patiently(PATIENCE_MS, record, (error) =>
      deps.log.warn("a query could not be recorded; trying again", { requestId: request.id, run, error }),
    );
    if (!stored) await stopUnrecorded(deps, request, run, query);
    return stored;
  } catch (error) {
    await stopUnrecorded(deps, request, run, query);
    throw new SessionRefused(
      "not-recorded",
      "The query could not be recorded, so it was told to stop and no row of it was read. Ask again in a minute.",
      { cause: error },
    );
  }
}

function isRecorded(
  stored: Request,
  no: number,
  worker: string,
  { queryExecutionId }: RecordedQuery,
): boolean {
  const run = runOf(stored, no);
  return (
    run?.state === "running" && run.worker === worker && run.query?.queryExecutionId === queryExecutionId
  );
}

/** Nobody but this worker knows the id, so it is the only one who can have the query stopped. */
async function stopUnrecorded(
  deps: Pick<Deps, "log"> & { janitor: QueryJanitor },
  { id, plan }: Request,
  run: number,
  query: RecordedQuery,
): Promise<void> {
  try {
    using attended = await deps.janitor.attend({ plan, run, query });
    await attended.stop();
  } catch (error) {
    deps.log.error(
      "a query that could not be recorded could not be stopped either; its session ends by itself",
      {
        correlationId: correlationId(id, run),
        ...query,
        error,
      },
    );
  }
}
