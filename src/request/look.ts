import { digest } from "../runbook/digest.ts";
import type { Plan } from "../runbook/plan.ts";
import { HEARTBEAT_STALE_MS, later } from "./due.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import {
  type Failure,
  type Instant,
  type Lease,
  type LeaseEnd,
  leasesOf,
  type Look,
  type Request,
} from "./request.ts";

/** Stands for the look where runs are numbered from 1: in session names and in what is recorded of its session. */
export const LOOK_RUN = 0;
/** A worker that died is given up after its heartbeat's time; so often the item is looked at, and no more. */
const MAX_LOOKS = 3;

/** Whether the item has to be looked at before anybody can approve. */
export function lacksLook({ state, plan }: Request): boolean {
  return state === "pending" && plan.write?.before.status === "to-be-read";
}

/** When a worker should look; nothing while one does, or when none can. */
export function lookDueAt(request: Request): Instant | undefined {
  if (!lacksLook(request)) return undefined;
  const { look, createdAt } = request;
  if (!look) return createdAt;
  if (look.state === "reading") return later(look.startedAt, HEARTBEAT_STALE_MS);
  return look.state === "failed" && look.mayPass && look.attempts < MAX_LOOKS ? look.endedAt : undefined;
}

/** A worker takes it on itself to look; whoever writes this change does, nobody else. */
export function startLook(request: Request, worker: string, now: Date): Outcome {
  const at = now.toISOString();
  const dueAt = lookDueAt(request);
  if (dueAt === undefined || at < dueAt) return refused({ kind: "nothing-to-do" });
  const attempts = (request.look?.attempts ?? 0) + 1;
  if (attempts > MAX_LOOKS)
    return withLook(request, { ...failedLook(request, given), endedAt: at }, at, {
      type: "look.failed",
      failure: given,
    });
  const look: Look = { ...sessionsOf(request.look), state: "reading", worker, startedAt: at, attempts };
  return withLook(request, look, at, { type: "look.started", attempt: attempts }, worker);
}

const given: Failure = {
  code: "worker-lost",
  sentence: "The workers that looked at the item died, so nobody can be shown what would change.",
};

/** What stands there, with the plan that demands it; votes count for this plan from now on. */
export function recordSight(request: Request, plan: Plan, worker: string, now: Date): Outcome {
  const { look } = request;
  if (!lacksLook(request) || look?.state !== "reading" || look.worker !== worker)
    return refused({ kind: "nothing-to-do" });
  const { write } = plan;
  if (write?.before.status !== "read") throw new TypeError("a plan that was looked at holds what was seen");
  const at = now.toISOString();
  const planDigest = digest(plan);
  const seen: Look = { ...look, state: "read", endedAt: at, submittedPlanDigest: request.planDigest };
  return withLook({ ...request, plan, planDigest }, seen, at, sightFact(plan, planDigest), worker);
}

/** What the record says was seen: digests and names, never a value. */
export function sightFact({ write }: Plan, planDigest: string) {
  return {
    type: "look.read" as const,
    planDigest,
    attributes: write?.attributes.map(({ name }) => name) ?? [],
    imageDigest: digest(write?.before.status === "read" ? write.before.image : {}),
  };
}

/** `mayPass`: another worker may try again. */
export function failLook(
  request: Request,
  failure: Failure,
  mayPass: boolean,
  worker: string,
  now: Date,
): Outcome {
  const { look } = request;
  if (look?.state !== "reading" || look.worker !== worker) return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  const failed: Look = { ...failedLook(request, failure), mayPass, endedAt: later(at, mayPass ? 2_000 : 0) };
  return withLook(request, failed, at, { type: "look.failed", failure }, worker);
}

function failedLook({ look }: Request, failure: Failure): Look & { state: "failed" } {
  return {
    ...sessionsOf(look),
    state: "failed",
    worker: look?.worker ?? "",
    startedAt: look?.startedAt ?? "",
    endedAt: "",
    attempts: look?.attempts ?? MAX_LOOKS,
    failure,
    mayPass: false,
  };
}

/** As `recordLease`, of the session that looks. */
export function recordLookLease(request: Request, worker: string, lease: Lease, now: Date): Outcome {
  const { look } = request;
  if (look?.worker !== worker) return refused({ kind: "run-not-running", run: LOOK_RUN });
  const earlier = leasesOf(look);
  if (earlier.some(({ accessKeyId }) => accessKeyId === lease.accessKeyId))
    return refused({ kind: "nothing-to-do" });
  const held: Look = { ...look, lease, ...(earlier.length > 0 ? { earlierLeases: earlier } : {}) };
  return withLook(request, held, now.toISOString(), { type: "lease.issued", run: LOOK_RUN, lease }, worker);
}

/** As `endLease`, of the session that looked. */
export function endLookLease(request: Request, accessKeyId: string, end: LeaseEnd, now: Date): Outcome {
  const { look } = request;
  if (!look || !leasesOf(look).some((lease) => lease.accessKeyId === accessKeyId && !lease.end))
    return refused({ kind: "nothing-to-do" });
  const ended = (lease: Lease) => (lease.accessKeyId === accessKeyId ? { ...lease, end } : lease);
  const held: Look = {
    ...look,
    ...(look.lease ? { lease: ended(look.lease) } : {}),
    ...(look.earlierLeases ? { earlierLeases: look.earlierLeases.map(ended) } : {}),
  };
  return withLook(request, held, now.toISOString(), { type: "lease.ended", run: LOOK_RUN, end });
}

function sessionsOf(look: Look | undefined): Pick<Look, "lease" | "earlierLeases"> {
  return {
    ...(look?.lease ? { lease: look.lease } : {}),
    ...(look?.earlierLeases ? { earlierLeases: look.earlierLeases } : {}),
  };
}

function withLook(
  request: Request,
  look: Look,
  at: Instant,
  fact: Parameters<typeof record>[3],
  worker?: string,
): Outcome {
  const actor =
    worker === undefined ? ({ kind: "system" } as const) : ({ kind: "worker", id: worker } as const);
  return { status: "changed", request: record({ ...request, look }, at, actor, fact) };
}
