import { setTimeout as wait } from "node:timers/promises";
import { RetryableError } from "../errors.ts";
import type { Delivery, Request } from "../request/request.ts";
import { isCutShort } from "../request/rows.ts";
import { runOf, settleResult } from "../request/run.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { mayStillSee } from "./may-still-see.ts";
import { patiently } from "./patiently.ts";
import type { ResultDelivery, Row } from "./ports.ts";

/** Rows live in the worker's memory alone; after so long without Slack they are given up rather than kept. */
const GIVE_UP_MS = 10 * 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** For the record of where they went; without it, somebody would be told that they were lost. */
const RECORD_PATIENCE_MS = 20_000;

type Delivering = Deps & { delivery: ResultDelivery; stopping: AbortSignal };

/**
 * Brings the rows to the requester, tries again while Slack fails, and records once where they went. Right before each
 * try it looks whether they may still be brought: not after the granted time, nor once the access was cut short or
 * somebody withheld them, nor to whom the policy of now would not let ask for them. While that can't be known they wait.
 */
export async function deliverResult(
  deps: Delivering,
  request: Request,
  run: number,
  rows: readonly Row[],
  csv: string,
): Promise<void> {
  const delivery = await settle(deps, request, run, rows, csv);
  if (!delivery) return;
  const record = () =>
    deps.store.change(request.id, (current) => settleResult(current, run, delivery, deps.clock.now()));
  const outcome = await patiently(RECORD_PATIENCE_MS, record, (error) =>
    deps.log.warn("where rows went could not be recorded; trying again", {
      requestId: request.id,
      run,
      error,
    }),
  );
  if (outcome.status === "changed") await handOver(deps, outcome.request);
}

/** Nothing when somebody else settled it: a person who withheld them. */
async function settle(
  deps: Delivering,
  request: Request,
  run: number,
  rows: readonly Row[],
  csv: string,
): Promise<Delivery | undefined> {
  const giveUpAt = deps.clock.now().getTime() + GIVE_UP_MS;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const isLast = deps.stopping.aborted;
    try {
      const current = await freshly(deps, request.id);
      if (!current || runOf(current, run)?.delivery) return undefined;
      const at = deps.clock.now().toISOString();
      const why = whyNot(current, at);
      if (why !== undefined) return { status: "withheld", at, why };
      const seen = await mayStillSee(deps, current, run);
      if (seen.status === "withheld") return { ...seen, at };
      const outcome = await deps.delivery.deliver(current, run, { rows, csv, preview: seen.preview });
      return { ...outcome, at: deps.clock.now().toISOString() };
    } catch (error) {
      const again = error instanceof RetryableError;
      deps.log.warn("rows could not be delivered", { requestId: request.id, run, error, again });
      const at = deps.clock.now().toISOString();
      if (!again)
        return { status: "lost", at, why: "Slack refused the message; the bot's log has the details" };
      if (isLast)
        return {
          status: "lost",
          at,
          why: "the bot was stopped while they waited for Slack, and rows are not kept",
        };
      if (deps.clock.now().getTime() >= giveUpAt)
        return {
          status: "lost",
          at,
          why: "For ten minutes Slack could not be reached, or nobody could say whether they may be seen; rows are not kept",
        };
    }
    // Told to stop, it tries once more and waits no longer.
    await wait(waitMs, undefined, { signal: deps.stopping }).catch(() => undefined);
  }
}

/** Without the store nobody can say whether they may still be brought: unavailable means not yet. */
async function freshly(deps: Pick<Deps, "store">, requestId: string): Promise<Request | undefined> {
  try {
    return (await deps.store.get(requestId))?.request;
  } catch (error) {
    throw new RetryableError("The store could not say whether the rows may be brought", { cause: error });
  }
}

function whyNot(request: Request, at: string): string | undefined {
  if (isCutShort(request)) return "The access was ended before they reached Slack, and they are not kept.";
  if (request.grant && at >= request.grant.endsAt)
    return "The granted time was over before they reached Slack, and they are not kept.";
  return undefined;
}
