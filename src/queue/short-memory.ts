import { createHash, randomUUID } from "node:crypto";
import type { Redis } from "ioredis";

/** Longer than Slack's last retry of a delivery (five minutes). */
const SEEN_SECONDS = 600;

/** A holder that died is missed so soon; one that lives renews its hold three times as often. */
const LEASE_MS = 6_000;

const RENEW =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) end return 0';
const RELEASE =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0';

/** What Redis may forget at any time without harm: which deliveries were seen, and who is drawing a request just now. */
export function createShortMemory(redis: Redis, prefix: string) {
  return {
    /** True when this key was seen before. When Redis is away, false: the store decides about doubles then. */
    async seen(key: string): Promise<boolean> {
      // Hashed: a key may hold a trigger id, which works as a ticket for a few seconds.
      const name = createHash("sha256").update(key).digest("base64url");
      const mine = randomUUID();
      try {
        if ((await redis.set(`${prefix}:seen:${name}`, mine, "EX", SEEN_SECONDS, "NX")) !== null)
          return false;
        // A command whose answer was lost is sent again by the client, and must not take itself for another delivery.
        return (await redis.get(`${prefix}:seen:${name}`)) !== mine;
      } catch {
        return false;
      }
    },
    /**
     * Runs the work unless somebody else holds the key. The hold ends with the work, within seconds when its
     * process dies, and after `ttlMs` whatever happens.
     */
    async exclusive(key: string, ttlMs: number, work: () => Promise<void>): Promise<"done" | "busy"> {
      const token = randomUUID();
      const name = `${prefix}:lock:${key}`;
      const until = performance.now() + ttlMs;
      const leaseMs = () => Math.max(1, Math.round(Math.min(LEASE_MS, until - performance.now())));
      if ((await redis.set(name, token, "PX", leaseMs(), "NX")) === null) return "busy";
      const renewing = setInterval(() => {
        // One that fails is followed by the next; a lost hold costs at most a message that stands twice.
        redis.eval(RENEW, 1, name, token, leaseMs()).catch(() => undefined);
      }, LEASE_MS / 3);
      try {
        await work();
        return "done";
      } finally {
        clearInterval(renewing);
        await redis.eval(RELEASE, 1, name, token).catch(() => undefined);
      }
    },
  };
}
