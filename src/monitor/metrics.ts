import { type AuditEvent, type AuditFact } from "../request/audit-event.ts";
import type { LeaseEnd, Request, RevocationCause } from "../request/request.ts";
import { exposition, type Families, type Sample } from "./exposition.ts";
import { count, durations, tally } from "./tallies.ts";

/** Every metric; counters begin at 0 with the process. No label is anybody's text, name or id. */
export const families = {
  jit_requests_total: { type: "counter", help: "Requests that came into this state." },
  jit_runs_total: { type: "counter", help: "Runs that ended so; unknown ones may be settled later." },
  jit_approval_seconds: {
    type: "histogram",
    help: "From the request to the start of its grant, by what approved it.",
  },
  jit_grants_ended_total: { type: "counter", help: "Grants that began to end, by cause." },
  jit_lease_ends_total: { type: "counter", help: "Sessions whose end was proven, by proof." },
  jit_revocations_overdue_total: {
    type: "counter",
    help: "Ends of access that were not proven in time; each is an alarm.",
  },
  jit_rows_stuck_total: {
    type: "counter",
    help: "Messages and files with rows that Slack refused to remove; somebody has to.",
  },
  jit_requests_watched: {
    type: "gauge",
    help: "Requests that the last sweep of this process knew of: open ones, and closed ones with something left to do.",
  },
  jit_sweep_timestamp_seconds: {
    type: "gauge",
    help: "When a sweep of this process last came to its end, in Unix time.",
  },
  jit_sweep_seconds: { type: "gauge", help: "How long that sweep took." },
  jit_sweep_failed: { type: "gauge", help: "Requests that it could not tidy." },
  jit_canary_green: {
    type: "gauge",
    help: "1 when the last canary of the deployment was green, 0 when red.",
  },
  jit_canary_timestamp_seconds: { type: "gauge", help: "When it ended, in Unix time." },
  jit_queue_jobs: { type: "gauge", help: "Jobs in the deployment's queues; 0 in wait is what is normal." },
  jit_ready: { type: "gauge", help: "1 for each part of this process that is connected, else 0." },
  jit_unread: {
    type: "gauge",
    help: "1 for what could not be asked for this answer, whose metrics are left out.",
  },
} as const satisfies Families;

const states = ["submitted", "approved", "denied", "cancelled", "lapsed", "revoked"] as const;
const outcomes = ["succeeded", "failed", "stopped", "unknown"] as const;
const approvers = ["people", "rule", "break-glass"] as const;
const causes = Object.keys({
  completed: true,
  expired: true,
  ended: true,
  revoked: true,
  "plan-changed": true,
  "no-longer-allowed": true,
  "requester-gone": true,
  "runbook-withdrawn": true,
  "incident-closed": true,
  failed: true,
} satisfies Record<RevocationCause, true>) as RevocationCause[];
const proofs = ["probe-denied", "expired"] as const satisfies readonly LeaseEnd["proof"][];
/** Seconds; an approval takes from one minute to the end of the request's patience. */
const waits = [30, 60, 120, 300, 600, 1_800, 3_600, 14_400];

type Round = { at: Date; seconds: number; failed: number; watched: number };

/** Read when somebody asks for the metrics. Whatever fails or takes longer than `patienceMs` is left out, and `jit_unread` says so. */
export type Reading = {
  ready: () => ReadonlyMap<string, boolean>;
  canary: () => Promise<{ status: "green" | "red"; at: string } | undefined>;
  queues: () => Promise<readonly { queue: string; state: string; jobs: number }[]>;
  patienceMs: number;
};

export type Metrics = {
  event(event: AuditEvent, request: Request): void;
  swept(round: Round): void;
  text(): Promise<string>;
};

export function createMetrics(reading: Reading): Metrics {
  const requests = tally("jit_requests_total", "state", states);
  const runs = tally("jit_runs_total", "outcome", outcomes);
  const approvals = durations("jit_approval_seconds", "by", approvers, waits);
  const ended = tally("jit_grants_ended_total", "cause", causes);
  const leases = tally("jit_lease_ends_total", "proof", proofs);
  const overdue = count("jit_revocations_overdue_total");
  const stuck = count("jit_rows_stuck_total");
  let round: Round | undefined;

  const counted: { [T in AuditFact["type"]]?: (fact: Extract<AuditFact, { type: T }>) => void } = {
    "request.submitted": () => requests.add("submitted"),
    "request.denied": () => requests.add("denied"),
    "request.cancelled": () => requests.add("cancelled"),
    "request.lapsed": () => requests.add("lapsed"),
    "access.revoked": () => requests.add("revoked"),
    "run.succeeded": () => runs.add("succeeded"),
    "run.settled": () => runs.add("succeeded"),
    "run.failed": () => runs.add("failed"),
    "run.stopped": () => runs.add("stopped"),
    "run.unknown": () => runs.add("unknown"),
    "revocation.started": ({ cause }) => ended.add(cause),
    "lease.ended": ({ end }) => leases.add(end.proof),
    "revocation.overdue": () => overdue.add(),
    "result.stuck": () => stuck.add(),
  };

  return {
    event({ fact, at }, request) {
      if (fact.type === "request.approved") {
        requests.add("approved");
        approvals.add(approverOf(request), (Date.parse(at) - Date.parse(request.createdAt)) / 1000);
      }
      (counted[fact.type] as ((told: AuditFact) => void) | undefined)?.(fact);
    },
    swept(last) {
      round = last;
    },
    async text() {
      const [canary, queues] = await Promise.all([
        within(reading.patienceMs, reading.canary),
        within(reading.patienceMs, reading.queues),
      ]);
      return exposition(families, [
        ...[requests, runs, approvals, ended, leases, overdue, stuck].flatMap((one) => one.samples()),
        ...(round ? roundSamples(round) : []),
        ...(canary.value ? canarySamples(canary.value) : []),
        ...(queues.value ?? []).map(({ queue, state, jobs }) => ({
          family: "jit_queue_jobs",
          labels: { queue, state },
          value: jobs,
        })),
        ...[...reading.ready()].map(([part, is]) => ({
          family: "jit_ready",
          labels: { part },
          value: Number(is),
        })),
        { family: "jit_unread", labels: { what: "canary" }, value: Number(canary.failed) },
        { family: "jit_unread", labels: { what: "queues" }, value: Number(queues.failed) },
      ]);
    },
  };
}

function approverOf({ approval, breakGlass }: Request): (typeof approvers)[number] {
  if (breakGlass) return "break-glass";
  return approval.auto ? "rule" : "people";
}

function roundSamples({ at, seconds, failed, watched }: Round): Sample[] {
  return [
    { family: "jit_requests_watched", value: watched },
    { family: "jit_sweep_timestamp_seconds", value: at.getTime() / 1000 },
    { family: "jit_sweep_seconds", value: seconds },
    { family: "jit_sweep_failed", value: failed },
  ];
}

function canarySamples({ status, at }: { status: "green" | "red"; at: string }): Sample[] {
  return [
    { family: "jit_canary_green", value: Number(status === "green") },
    { family: "jit_canary_timestamp_seconds", value: Date.parse(at) / 1000 },
  ];
}

async function within<T>(ms: number, ask: () => Promise<T>): Promise<{ value?: T; failed: boolean }> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("too late")), ms);
  try {
    return { value: await Promise.race([ask(), late.promise]), failed: false };
  } catch {
    return { failed: true };
  } finally {
    clearTimeout(timer);
  }
}
