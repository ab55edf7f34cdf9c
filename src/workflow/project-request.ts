import { recordRemoval, type StuckRows } from "../request/rows.ts";
import type { Request } from "../request/request.ts";
import type { Alarms, Clock, Log, RequestStore } from "./ports.ts";
import { rowsMustLeave } from "./rows-stand.ts";

/** What brings a request to the people. */
export type Surface = {
  /** Brings every copy in Slack up to the stored version. */
  project: (requestId: string) => Promise<void>;
  /** Takes rows out of Slack and answers what Slack refuses to give up; throws while something else is left. */
  removeRows: (request: Request) => Promise<StuckRows[]>;
};

/**
 * Every copy up to the stored version, and rows out of Slack when their time is over, which is recorded and told, as is
 * what Slack does not give up. A request that can't be drawn keeps no rows from leaving.
 */
export async function projectRequest(
  deps: { store: Pick<RequestStore, "get" | "change">; clock: Clock; log: Log; alarms: Alarms } & Surface,
  requestId: string,
): Promise<void> {
  const [drawn] = await Promise.allSettled([deps.project(requestId)]);
  const stored = await deps.store.get(requestId);
  if (stored && rowsMustLeave(stored, deps.clock.now())) {
    const stuck = await deps.removeRows(stored.request);
    const outcome = await deps.store.change(requestId, (request) =>
      recordRemoval(request, stuck, deps.clock.now()),
    );
    if (outcome.status === "changed") {
      await alarm(deps, requestId, stuck);
      await deps.project(requestId);
    }
  }
  if (drawn.status === "rejected") throw drawn.reason;
}

/** It stands in the record, the thread and the log whatever becomes of the alarm. */
async function alarm(
  { alarms, log }: { alarms: Alarms; log: Log },
  about: string,
  stuck: readonly StuckRows[],
): Promise<void> {
  if (stuck.length === 0) return;
  const what = stuck.map((one) => `the ${one.what} of run ${one.run} (${one.error})`).join(", ");
  try {
    await alarms.raise({ about, text: `Slack refuses to remove rows whose time is over: ${what}.` });
  } catch (error) {
    log.warn("an alarm about rows that stay in Slack could not be raised", { requestId: about, error });
  }
}
