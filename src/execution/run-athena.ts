import {
  cancelledElsewhere,
  columnsDiffer,
  describeAthenaError,
  describeFailedQuery,
  overBudget,
} from "../aws/describe-athena-error.ts";
import type { AthenaCall, AthenaScope } from "../runbook/athena-plan.ts";
import { estimateCostUsd } from "../runbook/estimate-cost.ts";
import type { Plan } from "../runbook/plan.ts";
import { GrantEnded } from "../workflow/grant-ended.ts";
import type { Execution, RunProgress, RunWatch } from "../workflow/ports.ts";
import { SessionRefused } from "../workflow/session-refused.ts";
import { awaitQuery, type SeenQuery } from "./await-query.ts";
import type { LeaseLine } from "./lease-line.ts";
import { readResults } from "./read-results.ts";
import { QueryUnknown, startQuery } from "./start-query.ts";
import { validateQuery } from "./validate-query.ts";

/** What one session knows of its query: the token that makes it one query, and its id once AWS gave one. */
export type SessionQuery = { readonly clientRequestToken: string; queryExecutionId?: string };

/**
 * The plan's query: started, its id handed to the watch, awaited, its rows read. Whatever ends the wait before the
 * query's own end (the grant, the time, the budget) leaves it running; the janitor stops it by its recorded id. Where
 * the data source asks for it, Athena validates the query first. A query that outlives its session is waited for with
 * the next one of the line.
 */
export async function runAthena(
  line: LeaseLine,
  plan: Plan,
  query: SessionQuery,
  signal: AbortSignal,
  watch: RunWatch,
): Promise<Execution> {
  const { call, scope } = athenaOf(plan);
  const timeout = AbortSignal.timeout(plan.limits.timeoutSeconds * 1000);
  const either = AbortSignal.any([signal, timeout]);
  const ended = (error: unknown, seen?: SeenQuery): Execution => {
    const end = queryEnd(seen);
    if (signal.aborted) return { status: "aborted", ...end };
    const problem = timeout.aborted && isAbort(error) ? timedOut(plan) : describeAthenaError(error);
    return { status: "failed", ...problem, ...end };
  };

  const { first: client } = line;
  try {
    const invalid =
      scope.preflight && (await validateQuery(client, call, scope, query.clientRequestToken, either));
    if (invalid) return { status: "failed", ...invalid };
    query.queryExecutionId = await startQuery(
      client,
      call,
      scope.workgroup,
      query.clientRequestToken,
      either,
    );
  } catch (error) {
    return error instanceof QueryUnknown ? queryUnknown() : ended(error);
  }
  const { queryExecutionId } = query;
  try {
    await watch.queryStarted({ queryExecutionId, workgroup: scope.workgroup.name });
  } catch (error) {
    if (error instanceof GrantEnded) return { status: "aborted" };
    throw error;
  }

  const report = reporter(watch);
  const current = () => line.current({ queryExecutionId });
  let last: SeenQuery | undefined;
  try {
    const lookout = { current, restMs: line.restMs };
    last = await awaitQuery(lookout, queryExecutionId, scope.maxBytesScanned, either, (seen) => report(seen));
    const seen = last;
    if (signal.aborted) return ended(undefined, seen);
    const problem = problemOf(seen, scope);
    if (problem) return { status: "failed", ...problem, ...queryEnd(seen) };
    const results = await readResults(current, queryExecutionId, plan, either, (soFar) =>
      report(seen, soFar),
    );
    if (results.status === "columns-differ")
      return { status: "failed", ...columnsDiffer(), ...queryEnd(seen) };
    const { status: _read, ...read } = results;
    return {
      status: "succeeded",
      ...read,
      itemsScanned: 0,
      capacityUnits: 0,
      bytesScanned: seen.bytesScanned,
      costUsd: estimateCostUsd(seen.bytesScanned),
      queryExecutionId,
    };
  } catch (error) {
    if (error instanceof GrantEnded) return { status: "aborted", ...queryEnd(last) };
    if (error instanceof SessionRefused)
      return { status: "failed", code: error.code, sentence: error.message, ...queryEnd(last) };
    return ended(error, last);
  }
}

export function athenaOf(plan: Plan): { call: AthenaCall; scope: AthenaScope } {
  const [call, ...more] = plan.calls;
  if (call?.action !== "athena:StartQueryExecution" || more.length > 0 || !plan.athena)
    throw new Error("An Athena plan has one query and says what it may touch");
  return { call, scope: plan.athena };
}

/** Why the query's rows are not to be had; nothing when they are. */
function problemOf(
  seen: SeenQuery,
  { maxBytesScanned }: AthenaScope,
): { code: string; sentence: string } | undefined {
  // Asked first, and of a query that succeeded too: whether a poll came in time must not decide what was approved.
  if (seen.bytesScanned > maxBytesScanned) return overBudget(seen.bytesScanned, maxBytesScanned);
  if (seen.state === "FAILED") return describeFailedQuery(seen.error, seen.reason);
  if (seen.state === "CANCELLED") return cancelledElsewhere(seen.bytesScanned);
  return undefined;
}

function queryEnd(seen: SeenQuery | undefined): Pick<Execution & { status: "failed" }, "queryEnd"> {
  if (!seen || seen.state === "QUEUED" || seen.state === "RUNNING") return {};
  return { queryEnd: seen.state };
}

function reporter(watch: RunWatch): (seen: SeenQuery, soFar?: Pick<RunProgress, "pages" | "rows">) => void {
  const startedAt = performance.now();
  return ({ state, bytesScanned }, soFar = { pages: 0, rows: 0 }) => {
    const elapsedMs = Math.round(performance.now() - startedAt);
    watch.progress({
      ...soFar,
      itemsScanned: 0,
      query: { state, bytesScanned, elapsedMs, costUsd: estimateCostUsd(bytesScanned) },
    });
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

/** Also when the grant ended meanwhile: that a query may run on is what has to be known of this run. */
function queryUnknown(): Execution {
  return {
    status: "failed",
    code: "query-unknown",
    sentence:
      "Athena may have started the query, but its answer was lost, so it can't be stopped by its id. Nobody sees a row of it, and it can read nothing once its session has ended.",
  };
}

function timedOut({ limits }: Plan): { code: string; sentence: string } {
  return {
    code: "timeout",
    sentence: `The query did not end within the runbook's ${limits.timeoutSeconds} seconds and is being stopped. Narrow it, or ask the runbook's owner.`,
  };
}
