import { createHash } from "node:crypto";
import type { Execution, QueryJanitor, ResultDelivery, RunSession, SessionIssuer } from "./ports.ts";
import { digest } from "../runbook/digest.ts";
import { endQuery } from "../request/query.ts";
import type { Lease, QueryEnd, Request, ResultFacts } from "../request/request.ts";
import { correlationId } from "../request/request.ts";
import { beginRevocation } from "../request/revoke.ts";
import { finishRun, recordLease, type RunEnd, startRun } from "../request/run.ts";
import type { Deps } from "./deps.ts";
import { deliverResult } from "./deliver-result.ts";
import { handOver } from "./hand-over.ts";
import { type Heart, startHeart } from "./heart.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { mayStillRun } from "./may-still-run.ts";
import { provePlan } from "./prove-plan.ts";
import { rowsToCsv } from "./rows-to-csv.ts";
import { SessionRefused } from "./session-refused.ts";
import { watchRun } from "./watch-run.ts";

export type RunDeps = Deps & {
  /** This worker's name, unique per process. */
  worker: string;
  sessions: SessionIssuer;
  delivery: ResultDelivery;
  keeper: LeaseKeeper;
  janitor: QueryJanitor;
  /** Fires when somebody ended the grant, on whatever replica. */
  stopSignal: (requestId: string) => { signal: AbortSignal; [Symbol.dispose](): void };
};

/** A session lives a little longer than its query may take, for the calls around it. */
const LEASE_MARGIN_MS = 10_000;
/** Less than this before the window's end no session is asked for: it could do nothing useful. */
const SHORTEST_LEASE_MS = 3_000;

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
  const { request } = started;
  const log = { correlationId: correlationId(requestId, runNo), runbook: request.plan.runbook.name };
  deps.log.info("run started", log);
  await handOver(deps, request);

  using stop = deps.stopSignal(requestId);
  await using heart = startHeart(deps, { requestId, run: runNo, worker: deps.worker }, stop.signal);
  const { execution, session } = await execute(deps, request, runNo, heart);
  const csv = execution.status === "succeeded" ? rowsToCsv(execution.rows, request.plan.output.columns) : "";
  const end = runEnd(execution, csv, heart.elapsedMs());
  const ended = await storeEnd(deps, requestId, runNo, end, queryEndOf(execution));
  if (session) deps.keeper.keep(requestId, runNo, session, request.plan);
  if (!ended) return;
  deps.log.info("run ended", { ...log, status: execution.status });
  await handOver(deps, ended);
  if (execution.status === "succeeded") await deliverResult(deps, ended, runNo, execution.rows, csv);
}

async function execute(
  deps: RunDeps,
  request: Request,
  runNo: number,
  heart: Heart,
): Promise<{ execution: Execution; session?: RunSession }> {
  let session: RunSession;
  try {
    session = await openSession(deps, request, runNo, heart.signal);
  } catch (error) {
    if (heart.signal.aborted) return { execution: { status: "aborted" } };
    if (error instanceof SessionRefused)
      return { execution: { status: "failed", code: error.code, sentence: error.message } };
    throw error;
  }
  const lease = await deps.store.change(request.id, (current) =>
    recordLease(current, runNo, deps.worker, leaseFacts(session), deps.clock.now()),
  );
  // The grant ended between the start and the session: it was never used, and nothing of it is kept.
  if (lease.status !== "changed") {
    session.dispose();
    return { execution: { status: "aborted" } };
  }
  try {
    const watch = watchRun(deps, request, runNo, heart);
    return { execution: await session.execute(request.plan, heart.signal, watch), session };
  } catch (error) {
    deps.log.error("a run ended with a bug", { correlationId: correlationId(request.id, runNo), error });
    const sentence = "The worker made a mistake while running this. The bot's log has the details.";
    return { execution: { status: "failed", code: "bug", sentence }, session };
  }
}

async function openSession(
  deps: RunDeps,
  request: Request,
  runNo: number,
  signal: AbortSignal,
): Promise<RunSession> {
  const leftMs = Date.parse(request.grant?.endsAt ?? "") - deps.clock.now().getTime();
  if (!(leftMs >= SHORTEST_LEASE_MS))
    throw new SessionRefused(
      "window-over",
      "The window was over before a session could be made, so nothing ran. Ask again.",
    );
  const { plan } = request;
  return deps.sessions.issue({
    plan,
    run: runNo,
    maxLifeMs: Math.min(plan.limits.timeoutSeconds * 1000 + LEASE_MARGIN_MS, leftMs),
    policyFor: (expiresAt, stsNow) => provePlan(plan, expiresAt, stsNow),
    signal,
  });
}

function leaseFacts({ facts }: RunSession): Lease {
  const lifeMs = facts.expiresAt.getTime() - facts.issuedAt.getTime();
  return {
    sessionName: facts.sessionName,
    sessionArn: facts.sessionArn,
    accessKeyId: facts.accessKeyId,
    sourceIdentity: facts.sourceIdentity,
    issuedAt: facts.issuedAt.toISOString(),
    expiresAt: facts.expiresAt.toISOString(),
    localExpiresAt: new Date(facts.issuedLocallyAt.getTime() + lifeMs).toISOString(),
    policyDigest: digest(JSON.parse(facts.policy)),
    checks: facts.checks,
  };
}

function runEnd(execution: Execution, csv: string, durationMs: number): RunEnd {
  switch (execution.status) {
    case "succeeded":
      return { event: "succeed", result: resultFacts(execution, csv, durationMs) };
    case "failed":
      return { event: "fail", failure: { code: execution.code, sentence: execution.sentence } };
    case "aborted":
      return stopped;
  }
}

const stopped: RunEnd = {
  event: "stop",
  failure: {
    code: "grant-ended",
    sentence: "The grant ended while this ran, so it was stopped. What it had read was dropped.",
  },
};

/** A query that was not seen to end may still run: it stays open, and handing over has it stopped. */
function queryEndOf(execution: Execution): QueryEnd | undefined {
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
  };
}

/** The end of the run's query and of the run and, for a single run, the end of its grant in the same change. */
async function storeEnd(
  deps: RunDeps,
  requestId: string,
  runNo: number,
  end: RunEnd,
  queryEnd: QueryEnd | undefined,
): Promise<Request | undefined> {
  const outcome = await deps.store.change(requestId, (stored) => {
    const now = deps.clock.now();
    const settled = queryEnd && endQuery(stored, runNo, queryEnd, now);
    const request = settled?.status === "changed" ? settled.request : stored;
    // The janitor may stop a query before its worker hears that the grant is over.
    const cut = request.state !== "active" && end.event === "fail" && end.failure.code === "query-cancelled";
    const finished = finishRun(request, runNo, cut ? stopped : end, deps.worker, now);
    if (finished.status !== "changed") return finished;
    const over = finished.request.state === "active" && request.plan.grant.kind === "single-run";
    const cause = end.event === "succeed" ? "completed" : "failed";
    return over ? beginRevocation(finished.request, { cause }, now) : finished;
  });
  return outcome.status === "changed" ? outcome.request : undefined;
}
