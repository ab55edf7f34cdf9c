import type { PersonId } from "../runbook/plan.ts";
import { endLookLease, LOOK_RUN } from "./look.ts";
import { finishRun, replaceRun, runOf } from "./run.ts";
import { type Outcome, record, refused, transition, whoOf } from "./outcome.ts";
import {
  type Lease,
  type LeaseEnd,
  leasesOf,
  type Request,
  type RevocationCause,
  type Run,
} from "./request.ts";

/** Closes the grant: no run starts and no session is issued from this write on. Runs still queued are stopped here. */
export function beginRevocation(
  request: Request,
  end: { cause: RevocationCause; by?: PersonId; operator?: string; reason?: string },
  now: Date,
): Outcome {
  if (request.state !== "active") return refused({ kind: "not-active", state: request.state });
  const at = now.toISOString();
  let closing: Request = transition({ ...request, revocation: { ...end, startedAt: at } }, "end");
  closing = record(closing, at, whoOf(end), {
    type: "revocation.started",
    cause: end.cause,
    ...(end.reason === undefined ? {} : { reason: end.reason }),
  });
  for (const run of request.runs.filter((r) => r.state === "queued")) {
    const failure = {
      code: "grant-ended",
      sentence: "The grant ended before this run started, so nothing was read.",
    };
    const stopped = finishRun(closing, run.no, { event: "stop", failure }, undefined, now);
    if (stopped.status === "changed") closing = stopped.request;
  }
  return { status: "changed", request: closing };
}

/** The end of one session of the run, by its access key id, with what proves it. */
export function endLease(
  request: Request,
  no: number,
  accessKeyId: string,
  end: LeaseEnd,
  now: Date,
): Outcome {
  if (no === LOOK_RUN) return endLookLease(request, accessKeyId, end, now);
  const run = runOf(request, no);
  if (!run || !leasesOf(run).some((lease) => lease.accessKeyId === accessKeyId && !lease.end))
    return refused({ kind: "nothing-to-do" });
  const ended = (lease: Lease) => (lease.accessKeyId === accessKeyId ? { ...lease, end } : lease);
  const runs = replaceRun(request, {
    ...run,
    ...(run.lease ? { lease: ended(run.lease) } : {}),
    ...(run.earlierLeases ? { earlierLeases: run.earlierLeases.map(ended) } : {}),
  });
  return {
    status: "changed",
    request: record(
      { ...request, runs },
      now.toISOString(),
      { kind: "system" },
      { type: "lease.ended", run: no, end },
    ),
  };
}

/** `revoked`, only when no run is open and the end of every query and every session is proven. */
export function completeRevocation(request: Request, now: Date): Outcome {
  if (request.state !== "revoking" || !request.revocation || !request.grant)
    return refused({ kind: "nothing-to-do" });
  if (whatIsUnproven(request).length > 0) return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  const proven = transition({ ...request, revocation: { ...request.revocation, provenAt: at } }, "prove");
  return {
    status: "changed",
    request: record(
      proven,
      at,
      { kind: "system" },
      {
        type: "access.revoked",
        cause: request.revocation.cause,
        livedSeconds: livedSeconds(request, at),
      },
    ),
  };
}

/** What still stands between `revoking` and `revoked`, in words. */
export function whatIsUnproven(request: Request): string[] {
  const looks = leasesOf(request.look ?? {}).filter(({ end }) => !end);
  return [
    ...looks.map(() => "the session that looked at the item is not proven dead yet"),
    ...request.runs.flatMap(unprovenOfRun),
  ];
}

function unprovenOfRun(run: Run): string[] {
  if (run.state === "running") return [`run ${run.no} is still stopping`];
  return [
    ...(run.query && !run.query.ended ? [`the query of run ${run.no} is not known to have ended`] : []),
    ...leasesOf(run)
      .filter(({ end }) => !end)
      .map(() => `the session of run ${run.no} is not proven dead yet`),
  ];
}

/** From the start of the grant to the end of its last session (or to the close, when no session was ever issued). */
function livedSeconds(request: Request, at: string): number {
  const ends = request.runs.flatMap(leasesOf).flatMap(({ end }) => (end ? [end.at] : []));
  const last = ends.toSorted().at(-1) ?? request.revocation?.startedAt ?? at;
  return Math.max(0, Math.round((Date.parse(last) - Date.parse(request.grant?.startsAt ?? at)) / 1000));
}
