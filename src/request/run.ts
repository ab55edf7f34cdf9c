import type { PersonId } from "../runbook/plan.ts";
import type { AuditFact } from "./audit-event.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import {
  type Delivery,
  type Failure,
  type Instant,
  type Lease,
  type Request,
  type ResultFacts,
  type Run,
  samePerson,
} from "./request.ts";
import { afterRunEvent, type RunEvent } from "./transitions.ts";

export type RunEnd =
  | { event: "succeed"; result: ResultFacts }
  | { event: "fail" | "stop" | "lose"; failure: Failure };

/** A further run inside a window grant, one at a time. */
export function queueRun(request: Request, by: PersonId, now: Date): Outcome {
  const at = now.toISOString();
  if (!samePerson(by, request.requester)) return refused({ kind: "not-yours" });
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
  if (runOf(request, no)?.state !== "queued") return refused({ kind: "run-not-queued", run: no });
  return changeRun(
    request,
    no,
    "start",
    { worker, startedAt: at },
    { kind: "worker", id: worker },
    { type: "run.started", run: no, planDigest: request.planDigest },
    at,
  );
}

/** The session that this run uses, recorded before its first data call. */
export function recordLease(request: Request, no: number, worker: string, lease: Lease, now: Date): Outcome {
  const at = now.toISOString();
  const closed = grantClosed(request, at);
  if (closed) return closed;
  const run = runOf(request, no);
  if (run?.state !== "running" || run.worker !== worker) return refused({ kind: "run-not-running", run: no });
  const runs = replaceRun(request, { ...run, lease });
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
    { endedAt: at, ...(end.event === "succeed" ? { result: end.result } : { failure: end.failure }) },
    worker === undefined ? { kind: "system" } : { kind: "worker", id: worker },
    endFact(no, end),
    at,
  );
}

/** Where the rows went, or why they did not; said once per run. */
export function settleResult(request: Request, no: number, delivery: Delivery, now: Date): Outcome {
  const run = runOf(request, no);
  if (run?.state !== "succeeded" || run.delivery) return refused({ kind: "nothing-to-do" });
  return {
    status: "changed",
    request: record(
      { ...request, runs: replaceRun(request, { ...run, delivery }) },
      now.toISOString(),
      { kind: "system" },
      { type: "result.settled", run: no, delivery },
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

function endFact(run: number, end: RunEnd): AuditFact {
  switch (end.event) {
    case "succeed":
      return { type: "run.succeeded", run, result: end.result };
    case "fail":
      return { type: "run.failed", run, failure: end.failure };
    case "stop":
      return { type: "run.stopped", run, failure: end.failure };
    case "lose":
      return { type: "run.unknown", run, failure: end.failure };
  }
}
