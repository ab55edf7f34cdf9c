import { settleAbandoned } from "../request/query.ts";
import type { Outcome } from "../request/outcome.ts";
import type { QueryEnd, Request } from "../request/request.ts";
import { beginRevocation } from "../request/revoke.ts";
import { finishRun, recordLease, type RunEnd } from "../request/run.ts";
import type { Deps } from "./deps.ts";
import { leaseFacts } from "./lease-facts.ts";
import { patiently } from "./patiently.ts";
import type { RunSession } from "./ports.ts";

/** Shorter than it takes to be given up for dead; what can't be stored by then, the sweeper settles. */
const PATIENCE_MS = 20_000;

export type EndOfRun = {
  requestId: string;
  run: number;
  end: RunEnd;
  queryEnd: QueryEnd | undefined;
  /** Every session that STS gave; one that could not be recorded when it was given is recorded here. */
  issued: readonly RunSession[];
};

export const stopped: RunEnd = {
  event: "stop",
  failure: {
    code: "grant-ended",
    sentence: "The grant ended while this ran, so it was stopped. What it had read was dropped.",
  },
};

/**
 * The end of the run, of its query and, for a single run, of its grant in one change.
 *
 * @returns the request as it is stored then; nothing when it could not be stored
 */
export async function storeEnd(
  deps: Pick<Deps, "store" | "clock" | "log"> & { worker: string },
  ending: EndOfRun,
): Promise<Request | undefined> {
  const { requestId, run } = ending;
  const store = async () => {
    const outcome = await deps.store.change(requestId, (request) =>
      endOf(request, ending, deps.worker, deps.clock.now()),
    );
    // Refused: the run was given up meanwhile, or stored by an attempt whose answer was lost.
    return outcome.status === "changed" ? outcome.request : (await deps.store.get(requestId))?.request;
  };
  try {
    return await patiently(PATIENCE_MS, store, (error) =>
      deps.log.warn("the end of a run could not be stored; trying again", { requestId, run, error }),
    );
  } catch (error) {
    deps.log.error(
      "the end of a run could not be stored; its rows are dropped, and the sweeper gives it up",
      {
        requestId,
        run,
        sessions: ending.issued.map(({ facts }) => ({ name: facts.sessionName, expiresAt: facts.expiresAt })),
        error,
      },
    );
    return undefined;
  }
}

function endOf(
  stored: Request,
  { run, end, queryEnd, issued }: EndOfRun,
  worker: string,
  now: Date,
): Outcome {
  let request = stored;
  const take = (outcome: Outcome): void => {
    if (outcome.status === "changed") request = outcome.request;
  };
  for (const session of issued) take(recordLease(request, run, worker, leaseFacts(session), now));
  // A run that was given up meanwhile learns its end from this, too: nobody else asks after a query that has ended.
  if (queryEnd) take(settleAbandoned(request, run, queryEnd, now));
  // The janitor may stop a query before its worker hears that the grant is over.
  const cut = request.state !== "active" && end.event === "fail" && end.failure.code === "query-cancelled";
  const finished = finishRun(request, run, cut ? stopped : end, worker, now);
  if (finished.status !== "changed") return request === stored ? finished : { status: "changed", request };
  take(finished);
  // What became of a write that nobody saw answered is asked inside the window.
  const isUnclear = end.event === "lose";
  const over = request.state === "active" && request.plan.grant.kind === "single-run" && !isUnclear;
  const cause = end.event === "succeed" ? "completed" : "failed";
  if (over) take(beginRevocation(request, { cause }, now));
  return { status: "changed", request };
}
