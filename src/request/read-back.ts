import { HEARTBEAT_STALE_MS, later } from "./due.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import type { Failure, Instant, Request, ResultFacts, Run } from "./request.ts";
import { finishRun, replaceRun, runOf } from "./run.ts";

/**
 * What became of a write that nobody saw answered is asked of the item, inside the window that was approved; after it
 * no session may look any more, and the run stays unknown.
 */

const MAX_READ_BACKS = 3;

/** Whether the run's write can still be cleared up by a look. */
export function readBackIsOpen(request: Request, run: Run): boolean {
  return (
    request.state === "active" &&
    run.state === "unknown" &&
    request.plan.write !== undefined &&
    run.readBack?.isOver !== true
  );
}

/** When the next look is due; a worker that looks is given its heartbeat's time. */
export function readBackDueAt(request: Request, run: Run): Instant | undefined {
  if (!readBackIsOpen(request, run)) return undefined;
  return run.readBack ? later(run.readBack.startedAt, HEARTBEAT_STALE_MS) : (run.endedAt ?? run.queuedAt);
}

/** A worker takes the run over to look; the session that it makes is one of the run's. */
export function startReadBack(request: Request, no: number, worker: string, now: Date): Outcome {
  const run = runOf(request, no);
  const at = now.toISOString();
  const dueAt = run && readBackDueAt(request, run);
  if (!run || dueAt === undefined || at < dueAt) return refused({ kind: "nothing-to-do" });
  const attempts = (run.readBack?.attempts ?? 0) + 1;
  if (attempts > MAX_READ_BACKS) return giveUp(request, run);
  const runs = replaceRun(request, { ...run, worker, readBack: { attempts, startedAt: at } });
  return {
    status: "changed",
    request: record(
      { ...request, runs },
      at,
      { kind: "worker", id: worker },
      { type: "read-back.started", run: no, attempt: attempts },
    ),
  };
}

export type ReadBackEnd =
  | { standing: "applied"; result: ResultFacts }
  | { standing: "not-applied" }
  /** It can't be told, and no further look would tell. */
  | { standing: "unclear" };

export function settleReadBack(
  request: Request,
  no: number,
  end: ReadBackEnd,
  worker: string,
  now: Date,
): Outcome {
  const run = runOf(request, no);
  if (!run || !readBackIsOpen(request, run) || run.worker !== worker)
    return refused({ kind: "nothing-to-do" });
  switch (end.standing) {
    case "applied":
      return finishRun(request, no, { event: "settle", result: end.result }, worker, now);
    case "not-applied":
      return finishRun(request, no, { event: "fail", failure: notApplied }, worker, now);
    case "unclear":
      return giveUp(request, run);
  }
}

const notApplied: Failure = {
  code: "not-applied",
  sentence:
    "The write was not seen answered, and the item, read back, is as it was before: nothing was written. Ask again.",
};

function giveUp(request: Request, run: Run): Outcome {
  const readBack = { ...(run.readBack ?? { attempts: 0, startedAt: run.queuedAt }), isOver: true as const };
  return { status: "changed", request: { ...request, runs: replaceRun(request, { ...run, readBack }) } };
}
