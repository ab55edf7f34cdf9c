import { setTimeout as wait } from "node:timers/promises";
import { RetryableError } from "../errors.ts";
import type { Delivery, Request } from "../request/request.ts";
import { settleResult } from "../request/run.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { ResultDelivery, Row } from "./ports.ts";

/** Rows live in the worker's memory alone; after so long without Slack they are given up rather than kept. */
const GIVE_UP_MS = 10 * 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Brings the rows to the requester, tries again while Slack fails, and records once where they went. */
export async function deliverResult(
  deps: Deps & { delivery: ResultDelivery },
  request: Request,
  run: number,
  rows: readonly Row[],
  csv: string,
): Promise<void> {
  const delivery = await settle(deps, request, run, rows, csv);
  const outcome = await deps.store.change(request.id, (current) =>
    settleResult(current, run, delivery, deps.clock.now()),
  );
  if (outcome.status === "changed") await handOver(deps, outcome.request);
}

async function settle(
  deps: Deps & { delivery: ResultDelivery },
  request: Request,
  run: number,
  rows: readonly Row[],
  csv: string,
): Promise<Delivery> {
  const giveUpAt = deps.clock.now().getTime() + GIVE_UP_MS;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const at = deps.clock.now().toISOString();
    const current = await deps.store.get(request.id);
    if (current?.request.revocation?.cause === "revoked")
      return { status: "withheld", at, why: "the grant was revoked before the rows were delivered" };
    try {
      return { ...(await deps.delivery.deliver(current?.request ?? request, run, rows, csv)), at };
    } catch (error) {
      const hopeless = !(error instanceof RetryableError);
      deps.log.warn("rows could not be delivered", { requestId: request.id, run, error, again: !hopeless });
      if (hopeless)
        return { status: "lost", at, why: "Slack refused the message; the bot's log has the details" };
      if (deps.clock.now().getTime() >= giveUpAt)
        return {
          status: "lost",
          at,
          why: "Slack could not be reached for ten minutes, and rows are not kept",
        };
    }
    await wait(waitMs);
  }
}
