import type { Request } from "../request/request.ts";
import { correlationId } from "../request/request.ts";
import { recordQuery } from "../request/query.ts";
import type { Deps } from "./deps.ts";
import { GrantEnded } from "./grant-ended.ts";
import { followQuery } from "./follow-query.ts";
import { handOver } from "./hand-over.ts";
import type { Heart } from "./heart.ts";
import type { LeaseDeps } from "./open-session.ts";
import type { QueryJanitor, RunSession, RunWatch } from "./ports.ts";

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
      const outcome = await deps.store
        .change(request.id, (current) => recordQuery(current, run, deps.worker, query, deps.clock.now()))
        .catch(async (error: unknown) => {
          await stopUnrecorded(deps, request, run, query);
          throw error;
        });
      if (outcome.status !== "changed") {
        await stopUnrecorded(deps, request, run, query);
        throw new GrantEnded("The run was given up before its query was accepted");
      }
      await handOver(deps, outcome.request);
      if (outcome.request.state !== "active")
        throw new GrantEnded("The grant ended before its query was accepted");
    },
  };
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
