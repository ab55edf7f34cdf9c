import { createHash } from "node:crypto";
import { forRun } from "../request/further-query.ts";
import type { QueryEnd, Request, ResultFacts } from "../request/request.ts";
import { correlationId } from "../request/request.ts";
import { type RunEnd, runOf, startRun } from "../request/run.ts";
import type { OutputColumn } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { deliverResult } from "./deliver-result.ts";
import { handOver } from "./hand-over.ts";
import { type Heart, startHeart } from "./heart.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { maskRows } from "./mask-rows.ts";
import { mayStillRun } from "./may-still-run.ts";
import { openSession } from "./open-session.ts";
import type { Execution, QueryJanitor, ResultDelivery, RunSession, SessionIssuer } from "./ports.ts";
import { rowsToCsv } from "./rows-to-csv.ts";
import { SessionRefused } from "./session-refused.ts";
import { stopped, storeEnd } from "./store-end.ts";
import { watchRun } from "./watch-run.ts";

export type RunDeps = Deps & {
  /** This worker's name, unique per process. */
  worker: string;
  sessions: SessionIssuer;
  delivery: ResultDelivery;
  keeper: LeaseKeeper;
  janitor: QueryJanitor;
  /** Other than two minutes in tests alone. */
  athenaLeaseMs?: number;
  /** Fires when somebody ended the grant, on whatever replica. */
  stopSignal: (requestId: string) => { signal: AbortSignal; [Symbol.dispose](): void };
  /** Fires when this process is told to stop. Runs go on to their end; rows do not wait for Slack any longer. */
  stopping: AbortSignal;
};

/**
 * Runs the plan once. The one-use token is burnt by a stored change before the first AWS call, so a second
 * delivery of the job finds nothing to do; whatever happens after that is stored as this run's end.
 */
export async function performRun(deps: RunDeps, requestId: string, runNo: number): Promise<void> {
  const stored = await deps.store.get(requestId);
  if (!stored) return;
  if (!(await mayStillRun(deps, stored.request, runNo))) return;
  const started = await deps.store.change(requestId, (request) =>
    startRun(request, runNo, deps.worker, deps.clock.now()),
  );
  if (started.status !== "changed") return;
  const request = forRun(started.request, runNo);
  const log = { correlationId: correlationId(requestId, runNo), runbook: request.plan.runbook.name };
  deps.log.info("run started", log);
  await handOver(deps, request);

  using stop = deps.stopSignal(requestId);
  await using heart = startHeart(deps, { requestId, run: runNo, worker: deps.worker }, stop.signal);
  const issued: RunSession[] = [];
  const execution = masked(await execute(deps, request, runNo, heart, issued), request.plan.output.columns);
  const csv = execution.status === "succeeded" ? rowsToCsv(execution.rows, request.plan.output.columns) : "";
  const end = runEnd(execution, csv, heart.elapsedMs());
  const queryEnd = queryEndOf(execution);
  const ended = await storeEnd(deps, { requestId, run: runNo, end, queryEnd, issued });
  if (!ended) return;
  const state = runOf(ended, runNo)?.state;
  deps.log.info("run ended", { ...log, status: execution.status, state });
  await handOver(deps, ended);
  if (execution.status === "succeeded" && state === "succeeded")
    await deliverResult(deps, ended, runNo, execution.rows, csv);
}

async function execute(
  deps: RunDeps,
  request: Request,
  runNo: number,
  heart: Heart,
  issued: RunSession[],
): Promise<Execution> {
  try {
    const session = await openSession(deps, request, runNo, heart.signal, issued).catch((error: unknown) => {
      if (heart.signal.aborted) return undefined;
      throw error;
    });
    if (!session) return { status: "aborted" };
    const watch = watchRun(deps, request, runNo, heart, issued);
    return await session.execute(request.plan, heart.signal, watch);
  } catch (error) {
    if (error instanceof SessionRefused)
      return { status: "failed", code: error.code, sentence: error.message };
    deps.log.error("a run ended with a bug", { correlationId: correlationId(request.id, runNo), error });
    const sentence = "The worker made a mistake while running this. The bot's log has the details.";
    return { status: "failed", code: "bug", sentence };
  }
}

function masked(execution: Execution, columns: readonly OutputColumn[]): Execution {
  if (execution.status !== "succeeded") return execution;
  return { ...execution, rows: maskRows(execution.rows, columns) };
}

function runEnd(execution: Execution, csv: string, durationMs: number): RunEnd {
  switch (execution.status) {
    case "succeeded":
      return { event: "succeed", result: resultFacts(execution, csv, durationMs) };
    case "failed":
      return { event: "fail", failure: { code: execution.code, sentence: execution.sentence } };
    case "unknown":
      return { event: "lose", failure: { code: execution.code, sentence: execution.sentence } };
    case "aborted":
      return stopped;
  }
}

/** A query that was not seen to end may still run: it stays open, and handing over has it stopped. */
function queryEndOf(execution: Execution): QueryEnd | undefined {
  if (execution.status === "unknown") return undefined;
  if (execution.status !== "succeeded") return execution.queryEnd;
  return execution.queryExecutionId === undefined ? undefined : "SUCCEEDED";
}

function resultFacts(
  execution: Execution & { status: "succeeded" },
  csv: string,
  durationMs: number,
): ResultFacts {
  return {
    rows: execution.rows.length,
    bytes: Buffer.byteLength(csv),
    sha256: createHash("sha256").update(csv).digest("hex"),
    pages: execution.pages,
    itemsScanned: execution.itemsScanned,
    capacityUnits: execution.capacityUnits,
    ...(execution.bytesScanned === undefined ? {} : { bytesScanned: execution.bytesScanned }),
    ...(execution.costUsd === undefined ? {} : { costUsd: execution.costUsd }),
    ...(execution.queryExecutionId === undefined ? {} : { queryExecutionId: execution.queryExecutionId }),
    durationMs,
    ...(execution.truncatedBy ? { truncatedBy: execution.truncatedBy } : {}),
    ...(execution.wrote ? { wrote: true } : {}),
    ...(execution.settledBy ? { settledBy: execution.settledBy } : {}),
  };
}
