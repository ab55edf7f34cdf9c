import { remindOfReview } from "./break-glass.ts";
import { lapse } from "./close.ts";
import { EXPIRY_MARGIN_MS, HEARTBEAT_STALE_MS, later } from "./due.ts";
import { escalate } from "./escalation.ts";
import { type Outcome, refused } from "./outcome.ts";
import { remind } from "./reminders.ts";
import { type Beats, type Instant, type Lease, leasesOf, type Request, type Run } from "./request.ts";
import { LOOK_RUN } from "./look.ts";
import { readBackIsOpen } from "./read-back.ts";
import { beginRevocation, completeRevocation, endLease } from "./revoke.ts";
import { finishRun, settleResult } from "./run.ts";

const LOST_RUN =
  "The worker that ran this query died, so what it read is gone and nobody has seen it. The query only reads; run it again or ask again.";
const LOST_QUERY =
  "The worker that ran this query died while Athena had it. Athena is asked what became of it; it is not started again.";

const LOST_WRITE =
  "The worker that ran this write died, and it may have been done. The item is read back; it is not written again.";

/**
 * What time alone does to a request: waiting escalates, is recalled to people, and lapses, windows end, dead workers' runs are given up, sessions past
 * their end are proven dead, and a grant with nothing left unproven is revoked. All of it in one change; refused
 * when there is nothing to do.
 *
 * @param awsNow AWS's time; without it no session is taken for over
 */
export function tidy(request: Request, beats: Beats | undefined, now: Date, awsNow?: Date): Outcome {
  const at = now.toISOString();
  const steps: ((current: Request) => Outcome)[] = [
    (current) => lapse(current, now),
    (current) => escalate(current, now),
    (current) => remind(current, now),
    (current) =>
      current.state === "active" && current.grant && at >= current.grant.endsAt
        ? beginRevocation(current, { cause: "expired" }, now)
        : nothing(),
    ...request.runs.flatMap((run) => tidyRun(run, beats?.[run.no], request.plan.write !== undefined, now)),
    ...request.runs.flatMap((run) => endedLeases(run.no, run, now, awsNow)),
    ...endedLeases(LOOK_RUN, request.look ?? {}, now, awsNow),
    (current) => endFailedSingleRun(current, now),
    (current) => completeRevocation(current, now),
    (current) => remindOfReview(current, now),
  ];
  let tidied = request;
  for (const step of steps) {
    const outcome = step(tidied);
    if (outcome.status === "changed") tidied = outcome.request;
  }
  return tidied === request ? nothing() : { status: "changed", request: tidied };
}

type Step = (current: Request) => Outcome;

function tidyRun(run: Run, heartbeatAt: Instant | undefined, writes: boolean, now: Date): Step[] {
  const at = now.toISOString();
  const seen = heartbeatAt !== undefined && heartbeatAt > (run.startedAt ?? "") ? heartbeatAt : run.startedAt;
  const abandoned = seen !== undefined && at >= later(seen, HEARTBEAT_STALE_MS);
  const steps: Step[] = [];
  if (run.state === "running" && abandoned) {
    const queryIsOpen = run.query !== undefined && !run.query.ended;
    const sentence = writes ? LOST_WRITE : queryIsOpen ? LOST_QUERY : LOST_RUN;
    const failure = { code: "worker-lost", sentence };
    // Unknown first: that is what was true. A read that came in pages needs no look at AWS to become a plain failure;
    // an Athena query goes on without its worker, and a write may have been done, so these stay unknown until AWS was asked.
    steps.push((current) => finishRun(current, run.no, { event: "lose", failure }, undefined, now));
    if (!queryIsOpen && !writes)
      steps.push((current) => finishRun(current, run.no, { event: "fail", failure }, undefined, now));
  }
  if (run.state === "succeeded" && !run.delivery && abandoned) {
    steps.push((current) =>
      settleResult(
        current,
        run.no,
        { status: "lost", at, why: "the worker died before the rows were delivered" },
        now,
      ),
    );
  }
  return steps;
}

/** Sessions whose worker had time to prove their end and did not, once AWS itself is past it. */
function endedLeases(no: number, holder: Parameters<typeof leasesOf>[0], now: Date, awsNow?: Date): Step[] {
  if (!awsNow) return [];
  const at = now.toISOString();
  return mayHaveEnded(holder, now).flatMap(({ accessKeyId, expiresAt }): Step[] => {
    if (awsNow.toISOString() < later(expiresAt, WHOLE_SECOND_MS)) return [];
    const detail = `the policy of ${accessKeyId} stopped allowing anything at ${expiresAt} by AWS's clock; no probe showed it`;
    return [(current) => endLease(current, no, accessKeyId, { at, proof: "expired", detail }, now)];
  });
}

/** By the host's clock, which may be wrong. */
function mayHaveEnded(holder: Parameters<typeof leasesOf>[0], now: Date): Lease[] {
  const at = now.toISOString();
  return leasesOf(holder).filter(
    ({ end, localExpiresAt }) => !end && at >= later(localExpiresAt, EXPIRY_MARGIN_MS),
  );
}

/** Whether it is time to ask AWS what its own time is. */
export function awaitsExpiry({ look, runs }: Request, now: Date): boolean {
  return [look ?? {}, ...runs].some((holder) => mayHaveEnded(holder, now).length > 0);
}

/** AWS compares whole seconds. */
const WHOLE_SECOND_MS = 1_000;

/** A single-run grant has nothing left to live for when its run is over, and what it wrote is known or can't be. */
function endFailedSingleRun(request: Request, now: Date): Outcome {
  const over = request.runs.every(
    (run) => run.state !== "queued" && run.state !== "running" && !readBackIsOpen(request, run),
  );
  const isSingleRun = request.plan.grant.kind === "single-run" && !request.plan.recipe;
  if (request.state !== "active" || !isSingleRun || !over) return nothing();
  const succeeded = request.runs.some((run) => run.state === "succeeded");
  return beginRevocation(request, { cause: succeeded ? "completed" : "failed" }, now);
}

function nothing(): Outcome & { status: "refused" } {
  return refused({ kind: "nothing-to-do" });
}
