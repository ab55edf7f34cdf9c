import { expect, test } from "vitest";
import { connectRedis } from "../../src/queue/connect-redis.ts";
import { createQueue } from "../../src/queue/create-queue.ts";
import { canaryName } from "../../src/queue/job-names.ts";
import { createShortMemory } from "../../src/queue/short-memory.ts";
import { startWorkers } from "../../src/queue/start-workers.ts";
import { startRedis } from "../../src/sandbox/redis.ts";
import { eventually } from "../fixtures/eventually.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { createFaultPlan } from "./fault-plan.ts";
import { redisDoor } from "./redis-door.ts";

/** What the stories of this folder found, each as the smallest test that shows it. */

test("a Redis that lost everything is swept again without a restart (story 5)", async () => {
  await using server = await startRedis({ path: process.env["PATH"] });
  const redis = connectRedis(server.url, silentLog);
  const prefix = "forgetful";
  let sweeps = 0;
  await using _workers = startWorkers({
    redisUrl: server.url,
    prefix,
    log: silentLog,
    handlers: {
      run: async () => undefined,
      project: async () => undefined,
      wake: async () => undefined,
      sweep: async () => void (sweeps += 1),
      canary: async () => undefined,
    },
  });
  await using queue = createQueue({ redis, prefix, log: silentLog, sweepEveryMs: 50 });
  await queue.startSweeping();
  await eventually(() => sweeps > 1);
  await redis.flushall();
  const before = sweeps;
  await eventually(() => sweeps > before + 2);
  await queue[Symbol.asyncDispose]();
  redis.disconnect();
});

test("a Redis that lost everything has the canary planned anew without a restart", async () => {
  await using server = await startRedis({ path: process.env["PATH"] });
  const redis = connectRedis(server.url, silentLog);
  const prefix = "forgetful";
  await using queue = createQueue({ redis, prefix, log: silentLog, sweepEveryMs: 50 });
  await queue.startSweeping();
  await queue.scheduleCanary(true);
  const plannedAt = () => redis.zscore(`${prefix}:chores:repeat`, canaryName);
  const before = await plannedAt();
  expect(before).not.toBeNull();
  await redis.flushall();
  await eventually(async () => (await plannedAt()) !== null);
  expect(await redis.zcard(`${prefix}:chores:repeat`)).toBe(2);
  // Told otherwise, it stays away.
  await queue.scheduleCanary(false);
  await redis.flushall();
  await eventually(async () => (await redis.zcard(`${prefix}:chores:repeat`)) === 1);
  expect(await plannedAt()).toBeNull();
  await queue[Symbol.asyncDispose]();
  redis.disconnect();
});

test("a delivery is not taken for its own repetition when Redis’s answer was lost (story 42)", async () => {
  await using server = await startRedis({ path: process.env["PATH"] });
  const plan = createFaultPlan();
  await using door = await redisDoor({
    target: server.url,
    plan,
    speaker: { isDead: () => false, kill: () => undefined },
    isDown: () => false,
  });
  const redis = connectRedis(door.url, silentLog);
  const memory = createShortMemory(redis, "short");
  expect(await memory.seen("the first")).toBe(false);
  plan.begin([{ type: "message", on: "redis", nth: 1, effect: { kind: "drop", when: "after" } }]);
  expect(await memory.seen("the second")).toBe(false);
  expect(plan.hits()).toHaveLength(1);
  expect(await memory.seen("the second")).toBe(true);
  redis.disconnect();
});
