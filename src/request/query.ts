import { type Outcome, record, refused } from "./outcome.ts";
import type { QueryEnd, QueryFacts, Request, Run } from "./request.ts";
import { finishRun, replaceRun, runOf } from "./run.ts";

/**
 * AWS accepted the query of this run. Recorded as long as the run is its worker's, also when the grant ended in
 * between: only a query whose id is stored can be stopped. The caller looks at the state and goes no further then.
 */
export function recordQuery(
  request: Request,
  no: number,
  worker: string,
  query: Pick<QueryFacts, "queryExecutionId" | "workgroup">,
  now: Date,
): Outcome {
  const run = runOf(request, no);
  if (run?.state !== "running" || run.worker !== worker || run.query)
    return refused({ kind: "run-not-running", run: no });
  const at = now.toISOString();
  const runs = replaceRun(request, { ...run, query: { ...query, startedAt: at } });
  return {
    status: "changed",
    request: record(
      { ...request, runs },
      at,
      { kind: "worker", id: worker },
      { type: "query.started", run: no, ...query },
    ),
  };
}

/** How AWS ended the query, from the worker that polled it or from whoever asked after it. */
export function endQuery(request: Request, no: number, state: QueryEnd, now: Date): Outcome {
  const run = runOf(request, no);
  if (!run?.query || run.query.ended) return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  const runs = replaceRun(request, { ...run, query: { ...run.query, ended: { at, state } } });
  return {
    status: "changed",
    request: record({ ...request, runs }, at, { kind: "system" }, { type: "query.ended", run: no, state }),
  };
}

/** An abandoned query has ended: what was unknown about its run is known, and it failed in any case. */
export function settleAbandoned(request: Request, no: number, state: QueryEnd, now: Date): Outcome {
  const ended = endQuery(request, no, state, now);
  if (ended.status !== "changed" || runOf(request, no)?.state !== "unknown") return ended;
  const failure = { code: "worker-lost", sentence: abandoned[state] };
  return finishRun(ended.request, no, { event: "fail", failure }, undefined, now);
}

/** Whether nobody waits for the run's query any more, so that it has to be looked at and stopped. */
export function mustBeStopped(request: Request, run: Run): boolean {
  if (!run.query || run.query.ended) return false;
  return run.state !== "running" || request.state !== "active";
}

const abandoned: Record<QueryEnd, string> = {
  SUCCEEDED:
    "The query finished, but its rows were lost with the worker that ran it, and nobody has seen them. Run it again or ask again.",
  FAILED:
    "The query failed in Athena, and the worker that could have told why died. Run it again or ask again.",
  CANCELLED:
    "The worker that ran this query died, so the query was stopped and nobody has seen a row. Run it again or ask again.",
};
