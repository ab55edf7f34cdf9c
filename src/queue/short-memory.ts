import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";

/** Longer than Slack's last retry of a delivery (five minutes). */
const SEEN_SECONDS = 600;

const RELEASE =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0';

/** What Redis may forget at any time without harm: which deliveries were seen, and who is drawing a request just now. */
export function createShortMemory(redis: Redis, prefix: string) {
  return {
    /** True when this key was seen before. When Redis is away, false: the store decides about doubles then. */
    async seen(key: string): Promise<boolean> {
      try {
        return (await redis.set(`${prefix}:seen:${key}`, "1", "EX", SEEN_SECONDS, "NX")) === null;
      } catch {
        return false;
      }
    },
    /** Runs the work unless somebody else holds the key. The hold ends with the work, or by itself after `ttlMs`. */
    async exclusive(key: string, ttlMs: number, work: () => Promise<void>): Promise<"done" | "busy"> {
      const token = randomUUID();
      const name = `${prefix}:lock:${key}`;
      if ((await redis.set(name, token, "PX", ttlMs, "NX")) === null) return "busy";
      try {
        await work();
        return "done";
      } finally {
        await redis.eval(RELEASE, 1, name, token).catch(() => undefined);
      }
    },
  };
}
