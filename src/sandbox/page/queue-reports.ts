import { Queue } from "bullmq";
import { Redis } from "ioredis";
import type { QueueReport } from "./page-api.ts";

const states = ["active", "waiting", "delayed", "failed"] as const;
const maxJobs = 20;

export type QueueReports = AsyncDisposable & { list: () => Promise<QueueReport>; empty: () => Promise<void> };

/** Every queue below the bot's prefix in Redis, found there and not told. Looks only. */
export function queueReports(redisUrl: string, prefix: string): QueueReports {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null, lazyConnect: true });
  const queues = new Map<string, Queue>();

  async function all(): Promise<Queue[]> {
    for (const key of await redis.keys(`${prefix}:*:meta`)) {
      const name = key.slice(prefix.length + 1, -":meta".length);
      if (!queues.has(name)) {
        queues.set(name, new Queue(name, { connection: redis, prefix, skipMetasUpdate: true }));
      }
    }
    return [...queues.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  return {
    list: async () =>
      Promise.all(
        (await all()).map(async (queue) => ({
          name: queue.name,
          counts: await queue.getJobCounts(...states, "completed"),
          jobs: (
            await Promise.all(
              states.map(async (state) =>
                (await queue.getJobs([state], 0, maxJobs)).map(({ id, name, data }) => ({
                  id: id ?? "",
                  name,
                  state,
                  data: JSON.stringify(data),
                })),
              ),
            )
          ).flat(),
        })),
      ),
    /** Only while no bot runs. */
    async empty() {
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}
