import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { App } from "../../src/app.ts";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { connectRedis } from "../../src/queue/connect-redis.ts";
import { finishRun, recordLease, startRun } from "../../src/request/run.ts";
import { beginRevocation } from "../../src/request/revoke.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import {
  APPROVALS,
  approve,
  approveInStoreOnly,
  ask,
  type Asked,
  cardSays,
  dataCalls,
  readCalls,
  inThread,
  queueAgain,
  sessionsOf,
  stored,
} from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

function timesTold({ slack }: World, asked: Asked, words: string): number {
  return slack
    .as("lead")
    .thread(APPROVALS, asked.card.ts)
    .filter(({ ts, rendered }) => ts !== asked.card.ts && rendered.includes(words)).length;
}

describe("a bot that dies between two steps", () => {
  const clock = movableClock();
  let world: World;
  let app: App;
  const restart = async () => {
    app = await world.startReplica();
  };

  beforeAll(async () => {
    world = await aWorld({ overrides: { clock, sweepEveryMs: 200 } });
    app = world.app;
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("between “approved” and “enqueued”: the run is found and made once (field failure 6)", async () => {
    const asked = await ask(world);
    await app[Symbol.asyncDispose]();
    await approveInStoreOnly(world, asked, clock.now());
    clock.advance(20_000);
    await restart();
    await inThread(world, asked, "✔");
    await inThread(world, asked, "▶ Run 1 started");
    expect(timesTold(world, asked, "✅ Approved by")).toBe(1);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("between “enqueued” and “started”: the job and the sweeper together make one run (field failure 6)", async () => {
    const asked = await ask(world);
    await app[Symbol.asyncDispose]();
    await approveInStoreOnly(world, asked, clock.now());
    await queueAgain(world, asked.requestId, 1);
    clock.advance(20_000);
    await restart();
    await inThread(world, asked, "✔");
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(request.events.filter(({ fact }) => fact.type === "run.started")).toHaveLength(1);
    expect(sessionsOf(world, asked.requestId)).toHaveLength(1);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("with everything in Redis lost: the run is found in the store and made once (field failure 6)", async () => {
    const asked = await ask(world);
    await app[Symbol.asyncDispose]();
    await approveInStoreOnly(world, asked, clock.now());
    const redis = connectRedis(world.config.redisUrl, silentLog);
    const keys = await redis.keys(`${world.config.queuePrefix}:*`);
    if (keys.length > 0) await redis.del(...keys);
    redis.disconnect();
    clock.advance(20_000);
    await restart();
    await inThread(world, asked, "✔");
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("between “finished” and “posted”: the outcome is told once, and rows that died with the worker are said to be lost (field failure 6)", async () => {
    const asked = await ask(world);
    await app[Symbol.asyncDispose]();
    await approveInStoreOnly(world, asked, clock.now());
    const now = clock.now();
    const result = {
      rows: 1,
      bytes: 40,
      sha256: "0".repeat(64),
      pages: 1,
      itemsScanned: 1,
      capacityUnits: 0.5,
      durationMs: 12,
    };
    const lease = {
      sessionName: `jit-${asked.requestId}-1`,
      sessionArn: "arn:aws:sts::111122223333:assumed-role/jit-data-dynamodb-read/gone",
      accessKeyId: "ASIAGONE",
      sourceIdentity: "T0SANDBOX.U0ONCALL",
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + 20_000).toISOString(),
      localExpiresAt: new Date(now.getTime() + 20_000).toISOString(),
      policyDigest: "0".repeat(64),
      checks: { allowed: 1, denied: 9 },
    };
    await world.store.change(asked.requestId, (request) => startRun(request, 1, "dead-worker", now));
    await world.store.change(asked.requestId, (request) =>
      recordLease(request, 1, "dead-worker", lease, now),
    );
    await world.store.change(asked.requestId, (request) => {
      const finished = finishRun(request, 1, { event: "succeed", result }, "dead-worker", now);
      return finished.status === "changed"
        ? beginRevocation(finished.request, { cause: "completed" }, now)
        : finished;
    });
    clock.advance(60_000);
    await restart();
    await inThread(world, asked, "did not reach");
    const { request } = await stored(world, asked.requestId, (at) => at.request.state === "revoked");
    expect(request.runs[0]).toMatchObject({
      state: "succeeded",
      delivery: { status: "lost" },
      lease: { end: { proof: "expired" } },
    });
    await inThread(world, asked, "Access ended");
    for (const words of ["✅ Approved by", "✔", "did not reach", "Access ended"])
      expect(timesTold(world, asked, words)).toBe(1);
    expect(dataCalls(world, asked.requestId)).toEqual([]);
  });

  test("a restarted bot knows the cards of the one before: buttons work, copies are edited, not posted anew (field failure 7)", async () => {
    const asked = await ask(world);
    await app[Symbol.asyncDispose]();
    await restart();
    await approve(world, asked);
    await inThread(world, asked, "✔");
    await cardSays(world, asked, "✔ Run 1: done");
    const cards = world.slack
      .as("lead")
      .messages(APPROVALS)
      .filter(({ rendered }) => rendered.includes(asked.requestId));
    expect(cards).toHaveLength(1);
  });
});

describe("a bot killed while AWS holds its query", () => {
  let copies: RunbookCopies;
  let sandbox: Sandbox;

  beforeAll(async () => {
    copies = await runbookCopies();
    sandbox = await startSandbox({
      runbooks: copies.dir,
      redisUrl: process.env["TEST_REDIS_URL"],
      path: process.env["PATH"],
    });
  });
  afterAll(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("never has it run again: the run is given up in words, and its session is proven over (field failure 5)", async () => {
    const { aws, bot, environment } = sandbox;
    aws.faults.add({
      service: "dynamodb",
      operation: "BatchGetItem",
      times: 1,
      effect: { kind: "hang", when: "after" },
    });
    const asked = await ask(sandbox, { runbook: "orders-pair", fields: { "First order": "O-00000001" } });
    await approve(sandbox, asked);
    await aws.calls.waitForCall((call) => call.operation === "BatchGetItem");
    process.kill(bot.pid, "SIGKILL");

    // The next process, a minute later.
    process.env["AWS_ACCESS_KEY_ID"] = aws.broker.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = aws.broker.secretAccessKey;
    const config = { ...readConfig({ ...environment, JIT_HEALTH_PORT: "0", SLACK_PORT: "0" }) };
    const clock = movableClock(60_000);
    await using _next = await createApp(config, { log: silentLog, clock, sweepEveryMs: 200 });
    const failed = await inThread(sandbox, asked, "✖ Run 1 failed");
    expect(failed.rendered).toContain("The worker that ran this query died");
    const ended = await inThread(sandbox, asked, "Access ended");
    expect(ended.rendered).toContain("expired");
    expect(readCalls(sandbox, asked.requestId)).toHaveLength(1);
    expect(sessionsOf(sandbox, asked.requestId)).toHaveLength(1);
    const rows = sandbox.slack
      .as("oncall")
      .directMessages()
      .filter(({ rendered }) => rendered.includes("Only you see these rows"));
    expect(rows).toEqual([]);
  });
});
