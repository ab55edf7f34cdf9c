import { Worker } from "bullmq";
import type { Log } from "../workflow/ports.ts";
import type { Redis } from "ioredis";
import { connectWorkerRedis } from "./connect-redis.ts";
import { canaryName, type ChoreJob, type ProjectionJob, queueNames, type RunJob } from "./job-names.ts";
import { nowAndThen } from "./now-and-then.ts";

/** A vanished worker is noticed within 15 s; a job that takes three workers down with it is left to the sweeper. */
const takenOver = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 2 };

export type Handlers = {
  run(job: RunJob): Promise<void>;
  project(job: ProjectionJob): Promise<void>;
  wake(requestId: string): Promise<void>;
  sweep(): Promise<void>;
  canary(): Promise<void>;
};

/**
 * Starts one BullMQ worker per queue. `maxStalledCount: 0`: a run whose worker vanished is never run again by
 * the queue; the sweeper decides from the store. Drawing can be repeated at any time, so such a job is soon taken
 * over by another worker: until then, nothing of its request could be drawn. Dispose waits for what is running.
 */
export function startWorkers(options: {
  redisUrl: string;
  prefix: string;
  log: Log;
  handlers: Handlers;
  runConcurrency?: number;
}): AsyncDisposable & { ready(): boolean } {
  const { redisUrl, prefix, log, handlers, runConcurrency = 10 } = options;
  const links = [0, 1, 2].map(() => connectWorkerRedis(redisUrl, log));
  const connections = links.map(({ connection }) => connection);
  const [forRuns, forProjections, forChores] = connections as [
    (typeof connections)[number],
    (typeof connections)[number],
    (typeof connections)[number],
  ];
  const working = new Set<Promise<void>>();
  const noted = (work: Promise<void>): Promise<void> => {
    const done = work.finally(() => working.delete(done));
    working.add(done);
    return done;
  };
  const shared = { prefix, maxStalledCount: 0, drainDelay: 5 };
  const workers = [
    new Worker<RunJob>(queueNames.runs, ({ data }) => noted(handlers.run(data)), {
      ...shared,
      connection: forRuns,
      concurrency: runConcurrency,
    }),
    new Worker<ProjectionJob>(queueNames.projections, ({ data }) => noted(handlers.project(data)), {
      ...shared,
      ...takenOver,
      connection: forProjections,
      concurrency: 10,
    }),
    new Worker<ChoreJob>(queueNames.chores, ({ name, data }) => noted(chore(handlers, name, data)), {
      ...shared,
      connection: forChores,
      concurrency: 4,
    }),
  ];
  for (const worker of workers) {
    worker.on(
      "error",
      nowAndThen((error) => log.warn("a worker lost its connection; it comes back by itself", { error })),
    );
    worker.on("failed", (job, error) => {
      log.warn("a job failed; the sweeper looks at its request", { queue: worker.name, job: job?.id, error });
    });
  }
  return {
    ready: () => connections.every((connection) => connection.status === "ready"),
    async [Symbol.asyncDispose]() {
      const isAway = connections.some((connection) => connection.status !== "ready");
      // BullMQ says goodbye to Redis, and would wait without end for one that is away.
      if (isAway) await Promise.allSettled(working);
      const left = anyLeft(connections).then(() => Promise.allSettled(working));
      await Promise.race([Promise.allSettled(workers.map((worker) => worker.close(isAway))), left]);
      for (const link of links) link.disconnect();
    },
  };
}

/** Redis may go away also while it is said goodbye to. */
function anyLeft(connections: readonly Redis[]): Promise<void> {
  return new Promise((resolve) => {
    for (const connection of connections) connection.once("close", resolve);
  });
}

function chore(handlers: Handlers, name: string, { requestId }: ChoreJob): Promise<void> {
  if (requestId !== undefined) return handlers.wake(requestId);
  return name === canaryName ? handlers.canary() : handlers.sweep();
}
