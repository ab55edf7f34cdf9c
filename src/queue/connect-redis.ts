import { Redis } from "ioredis";
import type { Log } from "../workflow/ports.ts";
import { nowAndThen } from "./now-and-then.ts";

/**
 * A connection for commands of this process. It reconnects for ever; a command that gets no answer in three
 * seconds fails, so that a click never hangs on Redis.
 */
export function connectRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, { commandTimeout: 3_000, maxRetriesPerRequest: 1, retryStrategy });
  sayUnreachable(redis, log);
  return redis;
}

/** A connection for BullMQ's workers and for subscriptions, whose commands may block. */
export function connectBlockingRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy });
  sayUnreachable(redis, log);
  return redis;
}

/** As `connectBlockingRedis`, for a worker that makes copies of it: `disconnect` ends these too, whatever state they are in. */
export function connectWorkerRedis(url: string, log: Log): { connection: Redis; disconnect(): void } {
  const connection = connectBlockingRedis(url, log);
  const all = [connection];
  const duplicate = connection.duplicate.bind(connection);
  connection.duplicate = (options) => {
    const copy = duplicate(options);
    // BullMQ takes its own listener off when it closes; an error that nobody hears is printed, not logged.
    sayUnreachable(copy, log);
    all.push(copy);
    return copy;
  };
  return {
    connection,
    disconnect() {
      for (const one of all) one.disconnect();
    },
  };
}

function retryStrategy(times: number): number {
  return Math.min(times * 200, 2_000);
}

function sayUnreachable(redis: Redis, log: Log): void {
  const say = nowAndThen((error) =>
    log.warn("Redis can't be reached; trying again, and the sweeper finds what is missed", { error }),
  );
  redis.on("error", say);
}
