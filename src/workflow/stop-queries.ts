import { setTimeout as wait } from "node:timers/promises";
import { mustBeStopped, settleAbandoned } from "../request/query.ts";
import { correlationId, type QueryEnd, type QueryFacts, type Request } from "../request/request.ts";
import { completeRevocation } from "../request/revoke.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { AttendedQuery, QueryJanitor } from "./ports.ts";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_000;
/** About five seconds; a query that takes longer to stop is looked at again by the next sweep. */
const LOOKS = 9;

/**
 * Asks AWS about every query of the request that nobody waits for, stops those that run, and records how each ended:
 * the proof that a grant's end needs, and the answer to what became of a dead worker's run. Safe to repeat, and
 * repeated by the sweeper until it is done.
 *
 * @throws whatever kept one query from being settled, after all were tried.
 */
export async function stopQueries(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log"> & { janitor: QueryJanitor },
  request: Request,
): Promise<void> {
  const failures: unknown[] = [];
  for (const run of request.runs) {
    if (!run.query || !mustBeStopped(request, run)) continue;
    try {
      await settleQuery(deps, request, run.no, run.query);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, "Not every query of the request could be settled");
}

async function settleQuery(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log"> & { janitor: QueryJanitor },
  { id, plan }: Request,
  run: number,
  query: QueryFacts,
): Promise<void> {
  const { queryExecutionId, workgroup } = query;
  const log = { correlationId: correlationId(id, run), queryExecutionId };
  using attended = await deps.janitor.attend({ plan, run, query: { queryExecutionId, workgroup } });
  const end = await endOf(attended);
  if (!end) return deps.log.warn("a query was told to stop and has not yet; it is looked at again", log);
  const outcome = await deps.store.change(id, (current) => {
    const now = deps.clock.now();
    const settled = settleAbandoned(current, run, end, now);
    if (settled.status !== "changed") return settled;
    const completed = completeRevocation(settled.request, now);
    return completed.status === "changed" ? completed : settled;
  });
  if (outcome.status !== "changed") return;
  deps.log.info("a query was settled", { ...log, end });
  await handOver(deps, outcome.request);
}

async function endOf(attended: AttendedQuery): Promise<QueryEnd | undefined> {
  let state = await attended.state();
  for (
    let looks = 0, waitMs = FIRST_WAIT_MS;
    looks < LOOKS;
    looks++, waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)
  ) {
    if (state !== "QUEUED" && state !== "RUNNING") return state;
    // Again each time: a query that AWS restarted by itself (RUNNING → QUEUED) must not slip through.
    await attended.stop();
    await wait(waitMs);
    state = await attended.state();
  }
  return state === "QUEUED" || state === "RUNNING" ? undefined : state;
}
