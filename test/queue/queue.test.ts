import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectBlockingRedis, connectRedis } from "../../src/queue/connect-redis.ts";
import { createQueue } from "../../src/queue/create-queue.ts";
import { createShortMemory } from "../../src/queue/short-memory.ts";
import { type Handlers, startWorkers } from "../../src/queue/start-workers.ts";
import { listenForStops } from "../../src/queue/stop-signals.ts";
import { type RedisPeer, startRedis } from "../../src/sandbox/redis.ts";
import { eventually } from "../fixtures/eventually.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { redisDoor } from "../flows/redis-door.ts";

let peer: RedisPeer;
let prefixes = 0;
beforeAll(async () => {
  peer = await startRedis({ path: process.env["PATH"] });
});
afterAll(() => peer[Symbol.asyncDispose]());

function aQueue(options: { sweepEveryMs?: number } = {}) {
  const stack = new AsyncDisposableStack();
  const prefix = `queue-test-${++prefixes}`;
  const redis = connectRedis(peer.url, silentLog);
  stack.defer(() => redis.disconnect());
  const open = () => stack.use(createQueue({ redis, prefix, log: silentLog, ...options }));
  return { prefix, redis, stack, queue: open(), another: open };
}

function workers(prefix: string, handlers: Partial<Handlers>, redisUrl = peer.url) {
  const idle = async () => {};
  return startWorkers({
    redisUrl,
    prefix,
    log: silentLog,
    handlers: { run: idle, project: idle, wake: idle, sweep: idle, canary: idle, ...handlers },
  });
}

describe("the queue", () => {
  test("a run handed over three times before it starts is one job, and it carries ids alone", async () => {
    const { prefix, queue, stack } = aQueue();
    await using _ = stack;
    for (let i = 0; i < 3; i++) await queue.run("R1", 1);
    const seen: unknown[] = [];
    await using __ = workers(prefix, { run: async (job) => void seen.push(job) });
    await queue.run("R2", 1);
    await eventually(() => seen.length >= 2);
    expect(seen).toEqual([
      { requestId: "R1", run: 1 },
      { requestId: "R2", run: 1 },
    ]);
  });

  test("a run whose handler fails is not tried again by the queue, but can be handed over again", async () => {
    const { prefix, queue, stack } = aQueue();
    await using _ = stack;
    let tries = 0;
    await using __ = workers(prefix, {
      run: async () => {
        tries += 1;
        throw new Error("broken");
      },
    });
    await queue.run("R1", 1);
    await eventually(() => tries === 1);
    await eventually(async () => {
      await queue.run("R1", 1);
      return tries === 2;
    });
  });

  test("a projection asked for while one is under way runs once more after it, never beside it", async () => {
    const { prefix, queue, stack } = aQueue();
    await using _ = stack;
    let running = 0;
    let most = 0;
    let done = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    await using __ = workers(prefix, {
      project: async () => {
        most = Math.max(most, ++running);
        if (done === 0) await gate;
        running -= 1;
        done += 1;
      },
    });
    await queue.project("R1");
    await eventually(() => running === 1);
    for (let i = 0; i < 5; i++) await queue.project("R1");
    open();
    await eventually(() => done === 2);
    expect({ most, done }).toEqual({ most: 1, done: 2 });
  });

  test("a projection that fails waits seconds for its next try, and so does what is asked meanwhile", async () => {
    const { prefix, queue, stack } = aQueue();
    await using _ = stack;
    const triedAt: number[] = [];
    await using __ = workers(prefix, {
      project: async () => {
        triedAt.push(performance.now());
        throw new Error("Slack is away");
      },
    });
    await queue.project("R1");
    await eventually(async () => {
      await queue.project("R1");
      return triedAt.length >= 6;
    });
    const waits = triedAt.slice(1).map((at, i) => at - (triedAt[i] ?? 0));
    expect(Math.max(...waits)).toBeLessThan(6_000);
  });

  test("sweeps do not double with replicas", async () => {
    const { queue, another, stack, redis, prefix } = aQueue({ sweepEveryMs: 60_000 });
    await using _ = stack;
    await queue.startSweeping();
    await another().startSweeping();
    await another().startSweeping();
    expect(await redis.zcard(`${prefix}:chores:repeat`)).toBe(1);
    expect(await redis.zcard(`${prefix}:chores:delayed`)).toBeLessThanOrEqual(1);
  });

  test("a wake-up comes at its time with the request's id", async () => {
    const { prefix, queue, stack } = aQueue();
    await using _ = stack;
    const woken: string[] = [];
    await using __ = workers(prefix, { wake: async (id) => void woken.push(id) });
    await queue.wake("R7", new Date(Date.now() + 100));
    await eventually(() => woken.includes("R7"));
  });

  test("a stop is heard by the runs of that request on every replica, and by no other", async () => {
    const { prefix, queue, stack } = aQueue();
    await using _ = stack;
    const subscriber = connectBlockingRedis(peer.url, silentLog);
    stack.defer(() => subscriber.disconnect());
    const stops = listenForStops(subscriber, prefix);
    await stops.start();
    using mine = stops.signalFor("R1");
    using other = stops.signalFor("R2");
    await queue.stop("R1");
    await eventually(() => mine.signal.aborted);
    expect(other.signal.aborted).toBe(false);
  });
});

describe("the workers", () => {
  test("end also when Redis goes away while they begin", async () => {
    await using door = await redisDoor(peer.url);
    const begun = workers("gone-at-once", {}, door.url);
    while (!begun.ready()) await new Promise((resolve) => setImmediate(resolve));
    door.shut();
    await begun[Symbol.asyncDispose]();
    expect(begun.ready()).toBe(false);
  });
});

describe("the short memory", () => {
  test("knows a key again, and holds a lock for one at a time", async () => {
    const { prefix, redis, stack } = aQueue();
    await using _ = stack;
    const memory = createShortMemory(redis, prefix);
    expect([await memory.seen("a"), await memory.seen("a"), await memory.seen("b")]).toEqual([
      false,
      true,
      false,
    ]);
    let inner: string | undefined;
    const outer = await memory.exclusive("k", 5_000, async () => {
      inner = await memory.exclusive("k", 5_000, async () => {});
    });
    expect([outer, inner, await memory.exclusive("k", 5_000, async () => {})]).toEqual([
      "done",
      "busy",
      "done",
    ]);
  });

  test("an unreachable Redis has seen nothing, so the store decides about doubles", async () => {
    const gone = connectRedis("redis://127.0.0.1:1", silentLog);
    expect(await createShortMemory(gone, "p").seen("a")).toBe(false);
    gone.disconnect();
  });
});
