import type { PersonId } from "../runbook/plan.ts";
import type { AuditFact } from "./audit-event.ts";
import { type Outcome, record, refused, whoOf } from "./outcome.ts";
import {
  type Delivery,
  type Failure,
  type Instant,
  type Lease,
  leasesOf,
  type Request,
  type ResultFacts,
  type Run,
} from "./request.ts";
import { LOOK_RUN, recordLookLease } from "./look.ts";
import { certainlySamePerson } from "./same-person.ts";
import { afterRunEvent, type RunEvent } from "./transitions.ts";

export type RunEnd =
  | { event: "succeed" | "settle"; result: ResultFacts }
  | { event: "fail" | "stop" | "lose"; failure: Failure };

/** A further run inside a window grant, one at a time. */
export function queueRun(request: Request, by: PersonId, now: Date): Outcome {
  const at = now.toISOString();
  if (!certainlySamePerson(by, request.requester)) return refused({ kind: "not-yours" });
  if (request.plan.recipe) return refused({ kind: "recipe-runs-nothing" });
  const closed = grantClosed(request, at);
  if (closed) return closed;
  // What became of an unknown run is asked of AWS before anything runs again.
  const open = request.runs.find(
    ({ state }) => state === "queued" || state === "running" || state === "unknown",
  );
  if (open) return refused({ kind: "run-in-progress", run: open.no });
  const max = request.plan.grant.maxRuns;
  if (request.runs.length >= max) return refused({ kind: "no-runs-left", max });
  const run = queuedRun(request, by, at);
  return {
    status: "changed",
    request: record(
      { ...request, runs: [...request.runs, run] },
      at,
      { kind: "person", id: by },
      { type: "run.queued", run: run.no },
    ),
  };
}

/** Burns the run's one-use token: whoever writes this change, conditional on the document's version, runs it; nobody else does. */
export function startRun(request: Request, no: number, worker: string, now: Date): Outcome {
  const at = now.toISOString();
  const closed = grantClosed(request, at);
  if (closed) return closed;
  const run = runOf(request, no);
  if (run?.state !== "queued") return refused({ kind: "run-not-queued", run: no });
  return changeRun(
    request,
    no,
    "start",
    { worker, startedAt: at },
    { kind: "worker", id: worker },
    { type: "run.started", run: no, planDigest: run.further?.planDigest ?? request.planDigest },
    at,
  );
}

/**
 * A session that STS gave to this run's worker. Recorded whatever became of the run and its grant meanwhile, because
 * it lives until its expiry; whether it may be used is another question (`mayUseLease`).
 */
export function recordLease(request: Request, no: number, worker: string, lease: Lease, now: Date): Outcome {
  if (no === LOOK_RUN) return recordLookLease(request, worker, lease, now);
  const at = now.toISOString();
  const run = runOf(request, no);
  if (!run || run.worker !== worker) return refused({ kind: "run-not-running", run: no });
  const earlier = leasesOf(run);
  if (earlier.some(({ accessKeyId }) => accessKeyId === lease.accessKeyId))
    return refused({ kind: "nothing-to-do" });
  const earlierLeases = earlier.length > 0 ? { earlierLeases: earlier } : {};
  const runs = replaceRun(request, { ...run, lease, ...earlierLeases });
  return {
    status: "changed",
    request: record(
      { ...request, runs },
      at,
      { kind: "worker", id: worker },
      { type: "lease.issued", run: no, lease },
    ),
  };
}

/** Whether the run may use its session: asked of the document in which the session stands recorded. */
export function mayUseLease(request: Request, no: number, worker: string, now: Date): boolean {
  const run = runOf(request, no);
  const isOurs = run?.state === "running" && run.worker === worker;
  return isOurs && grantClosed(request, now.toISOString()) === undefined;
}

/** How a run ended, from the worker that did it or from the sweeper that found it abandoned. */
export function finishRun(
  request: Request,
  no: number,
  end: RunEnd,
  worker: string | undefined,
  now: Date,
): Outcome {
  const run = runOf(request, no);
  if (!run || !afterRunEvent(run.state, end.event)) return refused({ kind: "run-not-running", run: no });
  if (worker !== undefined && run.worker !== undefined && run.worker !== worker)
    return refused({ kind: "run-not-running", run: no });
  const at = now.toISOString();
  return changeRun(
    request,
    no,
    end.event,
    { endedAt: at, ...endFacts(end) },
    worker === undefined ? { kind: "system" } : { kind: "worker", id: worker },
    endFact(no, end),
    at,
  );
}

/**
 * Where the rows went, or why they did not; said once per run. Rows that somebody withheld while Slack was taking
 * them did arrive: that is recorded as well, and they are recalled.
 */
export function settleResult(request: Request, no: number, delivery: Delivery, now: Date): Outcome {
  const run = runOf(request, no);
  if (run?.state !== "succeeded") return refused({ kind: "nothing-to-do" });
  const isTooLate =
    run.delivery?.status === "withheld" &&
    (run.delivery.by ?? run.delivery.operator) !== undefined &&
    delivery.status === "delivered";
  if (run.delivery && !isTooLate) return refused({ kind: "nothing-to-do" });
  const settled: Delivery = isTooLate ? { ...delivery, recalled: true } : delivery;
  return {
    status: "changed",
    request: record(
      { ...request, runs: replaceRun(request, { ...run, delivery: settled }) },
      now.toISOString(),
      whoOf(delivery.status === "withheld" ? delivery : {}),
      { type: "result.settled", run: no, delivery: settled },
    ),
  };
}

export function queuedRun(request: Request, by: PersonId, at: Instant): Run {
  return { no: request.runs.length + 1, state: "queued", queuedAt: at, queuedBy: by };
}

export function runOf(request: Request, no: number): Run | undefined {
  return request.runs.find((run) => run.no === no);
}

export function replaceRun(request: Request, run: Run): Run[] {
  return request.runs.map((other) => (other.no === run.no ? run : other));
}

function grantClosed(request: Request, at: Instant): Outcome | undefined {
  if (request.state !== "active" || !request.grant)
    return refused({ kind: "not-active", state: request.state });
  if (at >= request.grant.endsAt) return refused({ kind: "window-over", at: request.grant.endsAt });
  return undefined;
}

function changeRun(
  request: Request,
  no: number,
  event: RunEvent,
  change: Partial<Run>,
  actor: Parameters<typeof record>[2],
  fact: AuditFact,
  at: Instant,
): Outcome {
  const run = runOf(request, no);
  const state = run && afterRunEvent(run.state, event);
  if (!run || !state) return refused({ kind: "run-not-running", run: no });
  const changed = { ...request, runs: replaceRun(request, { ...run, ...change, state }) };
  return { status: "changed", request: record(changed, at, actor, fact) };
}

/** What was said while it was unknown goes with it. */
function endFacts(end: RunEnd): Pick<Run, "result" | "failure"> {
  return "result" in end ? { result: end.result } : { failure: end.failure };
}

function endFact(run: number, end: RunEnd): AuditFact {
  switch (end.event) {
    case "succeed":
      return { type: "run.succeeded", run, result: end.result };
    case "settle":
      return { type: "run.settled", run, result: end.result };
    case "fail":
      return { type: "run.failed", run, failure: end.failure };
    case "stop":
      return { type: "run.stopped", run, failure: end.failure };
    case "lose":
      return { type: "run.unknown", run, failure: end.failure };
  }
}
