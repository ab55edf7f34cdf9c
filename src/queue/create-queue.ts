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
/** The plan for them is made anew once a minute. */
const SWEEPS_PER_PLAN = 12;

/** Each night when few are at work and somebody is on call all the same; not at a full hour, when everybody's jobs run. */
const CANARY_AT = "17 3 * * *";

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
      // The plan is in Redis, which may forget it; and a worker may die between one sweep and the plan for the next.
      planning ??= setInterval(() => {
        planSweeps().catch((error: unknown) => log.warn("sweeps could not be planned anew", { error }));
      }, sweepEveryMs * SWEEPS_PER_PLAN);
    },
    async scheduleCanary(wanted) {
      if (!wanted) return void (await chores.removeJobScheduler(canaryName));
      await chores.upsertJobScheduler(
        canaryName,
        { pattern: CANARY_AT, tz: "UTC" },
        { name: canaryName, data: {} },
      );
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
