import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { Log, WorkQueue } from "../workflow/ports.ts";
import {
  canaryName,
  type ChoreJob,
  type ProjectionJob,
  queueNames,
  type RunJob,
  sweepName,
  wakeName,
} from "./job-names.ts";
import { nowAndThen } from "./now-and-then.ts";
import { stopChannel } from "./stop-signals.ts";

/** Five seconds between sweeps: what a crash left waits no longer than that plus its own grace. */
const SWEEP_EVERY_MS = 5_000;
/** The plans are looked after once a minute. */
const SWEEPS_PER_PLAN = 12;

/** Each night when few are at work and somebody is on call all the same; not at a full hour, when everybody's jobs run. */
const CANARY_AT = "17 3 * * *";
/** A canary that is late by more will not come: its job is lost. */
const CANARY_LATE_MS = 10 * 60_000;

/**
 * The tries after the first come after 1, 2 and 4 seconds; then the sweeper asks anew. No more: while a job waits for
 * its next try, whatever else is asked of its request waits with it.
 */
const PROJECTION_TRIES = 4;

/**
 * BullMQ behind our port. A run job is tried once and never re-run when stalled: only the stored token decides
 * whether it runs. Projections of one request never overlap, and one asked for during the work runs after it.
 */
export function createQueue(options: {
  redis: Redis;
  prefix: string;
  log: Log;
  sweepEveryMs?: number;
}): WorkQueue &
  AsyncDisposable & {
    startSweeping(): Promise<void>;
    scheduleCanary(wanted: boolean): Promise<void>;
    /** How many jobs stand where, in all replicas together. */
    depths(): Promise<{ queue: string; state: string; jobs: number }[]>;
  } {
  const { redis, prefix, log, sweepEveryMs = SWEEP_EVERY_MS } = options;
  const shared = {
    connection: redis,
    prefix,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  };
  const runs = new Queue<RunJob>(queueNames.runs, shared);
  const projections = new Queue<ProjectionJob>(queueNames.projections, shared);
  const chores = new Queue<ChoreJob>(queueNames.chores, shared);
  for (const queue of [runs, projections, chores]) {
    queue.on(
      "error",
      nowAndThen((error) => log.warn("a queue lost its connection", { error })),
    );
  }

  let planning: NodeJS.Timeout | undefined;
  // One scheduler id for all replicas: starting another changes the same schedule instead of adding one.
  const planSweeps = () =>
    chores.upsertJobScheduler(sweepName, { every: sweepEveryMs }, { name: sweepName, data: {} });

  let wantsCanary = false;
  const planCanary = () =>
    chores.upsertJobScheduler(canaryName, { pattern: CANARY_AT, tz: "UTC" }, { name: canaryName, data: {} });
  /** Only where the plan is lost: one made anew at its very minute would put the canary off by a day. */
  const recoverCanary = async () => {
    const plan = await chores.getJobScheduler(canaryName);
    const isLost = plan?.next === undefined || plan.next < Date.now() - CANARY_LATE_MS;
    if (wantsCanary && isLost) await planCanary();
  };
  // Plans are in Redis, which may forget them; and a worker may die between one job and the plan for the next.
  const lookAfterPlans = () => {
    Promise.all([planSweeps(), ...(wantsCanary ? [recoverCanary()] : [])]).catch((error: unknown) =>
      log.warn("what comes by itself could not be planned anew", { error }),
    );
  };

  return {
    async run(requestId, run) {
      await runs.add("run", { requestId, run }, { jobId: `${requestId}-${run}`, attempts: 1 });
    },
    async project(requestId) {
      await projections.add(
        "project",
        { requestId },
        {
          deduplication: { id: requestId, keepLastIfActive: true },
          attempts: PROJECTION_TRIES,
          backoff: { type: "exponential", delay: 1_000 },
        },
      );
    },
    async wake(requestId, at) {
      const delay = Math.max(0, at.getTime() - Date.now()) + 50;
      await chores.add(
        wakeName,
        { requestId },
        { jobId: `${requestId}-${at.getTime()}`, delay, attempts: 1 },
      );
    },
    async stop(requestId) {
      await redis.publish(stopChannel(prefix), requestId);
    },
    async startSweeping() {
      await planSweeps();
      planning ??= setInterval(lookAfterPlans, sweepEveryMs * SWEEPS_PER_PLAN);
    },
    async scheduleCanary(wanted) {
      wantsCanary = wanted;
      if (wanted) await planCanary();
      else await chores.removeJobScheduler(canaryName);
    },
    async depths() {
      const counts = await Promise.all(
        [runs, projections, chores].map(async (queue) => ({
          queue: queue.name,
          states: await queue.getJobCounts("wait", "active", "delayed"),
        })),
      );
      return counts.flatMap(({ queue, states }) =>
        Object.entries(states).map(([state, jobs]) => ({ queue, state, jobs })),
      );
    },
    async [Symbol.asyncDispose]() {
      clearInterval(planning);
      await Promise.allSettled([runs.close(), projections.close(), chores.close()]);
    },
  };
}
