import type { Request } from "../request/request.ts";
import { awaitsExpiry, tidy } from "../request/tidy.ts";
import { alarmIfOverdue } from "./alarm-if-overdue.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { Alarms, AwsClock, DenyList, QueryJanitor } from "./ports.ts";
import { keepDenyList } from "./keep-deny-list.ts";
import { putOff } from "./put-off.ts";
import { rowsMustLeave } from "./rows-stand.ts";
import { stopQueries } from "./stop-queries.ts";

/** What it takes to end access. */
export type Ending = Pick<Deps, "store" | "queue" | "clock" | "log"> & {
  awsClock: AwsClock;
  janitor: QueryJanitor;
  alarms: Alarms;
  denyList: DenyList;
};

/**
 * Brings one request up to the present: what time alone changes is stored, and work that should be under way is
 * handed over again, and queries that nobody waits for are stopped. Safe at any time and any number of times; it is
 * also how everything lost in a crash is found.
 */
export async function tidyRequest(
  deps: Ending & { attendWrites?: (request: Request) => Promise<void> },
  requestId: string,
): Promise<void> {
  const stored = await deps.store.get(requestId);
  if (!stored) return;
  const awsNow = awaitsExpiry(stored.request, deps.clock.now()) ? await awsTime(deps, requestId) : undefined;
  const outcome = await deps.store.change(requestId, (request) =>
    tidy(request, stored.beats, deps.clock.now(), awsNow),
  );
  if (outcome.status === "changed") {
    deps.log.info("request tidied", { requestId, state: outcome.request.state });
    await handOver(deps, outcome.request);
    return stopOrAlarm(deps, outcome.request);
  }
  // First, so that nothing that fails below brings it back at once.
  const isGivenUp = (await putOff(deps, stored)) === "given-up";
  const behind = !isGivenUp && stored.projection.shownVersion < stored.version;
  const queued = stored.request.runs.some((run) => run.state === "queued");
  const rowsStay = rowsMustLeave(stored, deps.clock.now());
  if (behind || queued || rowsStay) await handOver(deps, stored.request);
  await stopOrAlarm(deps, stored.request);
}

/** Nothing when AWS does not say: then no session is taken for over, and the next look asks again. */
async function awsTime({ awsClock, log }: Ending, requestId: string): Promise<Date | undefined> {
  try {
    return await awsClock.now();
  } catch (error) {
    log.warn("AWS could not be asked what time it is, so the end of a session stays unproven", {
      requestId,
      error,
    });
    return undefined;
  }
}

/** The alarm comes last: nothing that ends access waits for whoever hears it. */
async function stopOrAlarm(
  deps: Ending & { attendWrites?: (request: Request) => Promise<void> },
  request: Request,
): Promise<void> {
  try {
    await stopQueries(deps, request);
    await deps.attendWrites?.(request);
  } finally {
    await keepDenyList(deps, request);
    await alarmIfOverdue(deps, request);
  }
}
