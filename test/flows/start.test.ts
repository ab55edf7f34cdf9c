import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type App, createApp } from "../../src/app.ts";
import type { Config } from "../../src/config.ts";
import { freePort } from "../../src/sandbox/free-port.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { eventually } from "../fixtures/eventually.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { approve, approveInStoreOnly, ask, inThread, queueAgain, stored } from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { type RedisDoor, redisDoor } from "./redis-door.ts";
import { runbookCopies } from "./runbook-copies.ts";

const root = resolve(import.meta.dirname, "../..");

describe("a bot whose surroundings come up after it", () => {
  let world: World;
  let door: RedisDoor;

  beforeEach(async () => {
    world = await aWorld();
    await world.app[Symbol.asyncDispose]();
    door = await redisDoor(world.redis.url);
  });
  afterEach(async () => {
    await door?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });

  const peers = {
    slack: { down: () => world.slack.faults.down(), up: () => world.slack.faults.up(), named: "slack" },
    aws: { down: () => world.aws.faults.down(), up: () => world.aws.faults.up(), named: "table" },
    redis: { down: () => door.shut(), up: () => door.open(), named: "redis" },
  };

  test.each([
    ["slack", "aws", "redis"],
    ["redis", "slack", "aws"],
    ["aws", "redis", "slack"],
  ] as const)("waits for %s, then %s, then %s, tells which it misses, and then works", async (...order) => {
    for (const name of order) peers[name].down();
    const healthPort = await freePort();
    const config: Config = { ...world.config, redisUrl: door.url, healthPort };
    const starting = createApp(config, { log: silentLog, sweepEveryMs: 300 });
    let app: App | undefined;
    try {
      await eventually(async () => (await health(healthPort, "/healthz"))?.status === 200);
      for (const name of order) {
        await eventually(async () => {
          const answer = await health(healthPort, "/readyz");
          return answer?.status === 503 && answer.missing.includes(peers[name].named);
        });
        peers[name].up();
      }
      app = await starting;
      await eventually(async () => (await health(healthPort, "/readyz"))?.status === 200);
      const asked = await ask(world);
      await approve(world, asked);
      await inThread(world, asked, "✔");
    } finally {
      for (const name of order) peers[name].up();
      await (app ?? (await starting))[Symbol.asyncDispose]();
    }
  });

  test("says so on /readyz when one goes away later, and is ready again by itself", async () => {
    const healthPort = await freePort();
    await using _ = await createApp({ ...world.config, redisUrl: door.url, healthPort }, { log: silentLog });
    await eventually(async () => (await health(healthPort, "/readyz"))?.status === 200);
    door.shut();
    await eventually(async () => (await health(healthPort, "/readyz"))?.missing.includes("redis") === true);
    door.open();
    await eventually(async () => (await health(healthPort, "/readyz"))?.status === 200);
    world.slack.faults.down();
    await eventually(async () => (await health(healthPort, "/readyz"))?.missing.includes("slack") === true);
    world.slack.faults.up();
    await eventually(async () => (await health(healthPort, "/readyz"))?.status === 200);
  });
});

describe("a bot that starts while Slack is away", () => {
  test("ends access whose time is over and lets requests lapse, without waiting for Slack", async () => {
    const clock = movableClock();
    await using world = await aWorld({ overrides: { clock, sweepEveryMs: 200 } });
    const granted = await ask(world, { window: true });
    await approve(world, granted);
    await stored(world, granted.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    const waiting = await ask(world);
    await world.app[Symbol.asyncDispose]();

    world.slack.faults.down();
    clock.advance(25 * 3_600_000);
    const stopping = new AbortController();
    const starting = createApp(world.config, {
      log: silentLog,
      clock,
      sweepEveryMs: 200,
      signal: stopping.signal,
    });
    await stored(world, granted.requestId, ({ request }) => request.state === "revoked");
    await stored(world, waiting.requestId, ({ request }) => request.state === "lapsed");

    world.slack.faults.up();
    await using _ = await starting;
    await inThread(world, granted, /Access ended/);
  });

  test("runs what was approved once Slack is back, and not before: who may not be known may not be refused", async () => {
    await using world = await aWorld();
    const asked = await ask(world);
    await world.app[Symbol.asyncDispose]();
    await approveInStoreOnly(world, asked, new Date());
    world.slack.faults.down();
    const starting = createApp(world.config, { log: silentLog, sweepEveryMs: 200 });
    await queueAgain(world, asked.requestId, 1);
    world.slack.faults.failCall("auth.test", "internal_error", { times: 2 });
    world.slack.faults.up();
    await using _ = await starting;
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.state === "succeeded");
  });

  test.each(["redis", "slack"] as const)(
    "stops at once when it is told to, also while %s is away",
    async (name) => {
      await using world = await aWorld();
      await world.app[Symbol.asyncDispose]();
      await using door = await redisDoor(world.redis.url);
      if (name === "redis") door.shut();
      else world.slack.faults.down();
      const stopping = new AbortController();
      const healthPort = await freePort();
      const config = { ...world.config, redisUrl: door.url, healthPort };
      const starting = createApp(config, { log: silentLog, signal: stopping.signal });
      await eventually(async () => (await health(healthPort, "/readyz"))?.missing.includes(name) === true);
      stopping.abort();
      await expect(starting).rejects.toThrow(/abort/);
      world.slack.faults.up();
    },
  );
});

describe("a bot that is told to stop", () => {
  test.each(["redis", "aws", "slack"] as const)("stops also while %s is away", async (name) => {
    await using world = await aWorld();
    await world.app[Symbol.asyncDispose]();
    await using door = await redisDoor(world.redis.url);
    const healthPort = await freePort();
    const config = { ...world.config, redisUrl: door.url, healthPort };
    const app = await createApp(config, { log: silentLog });
    await eventually(async () => (await health(healthPort, "/readyz"))?.status === 200);
    const asked = await ask(world);
    await approve(world, asked);
    await inThread(world, asked, "went to");
    if (name === "redis") door.shut();
    else world[name].faults.down();
    if (name !== "aws") await eventually(async () => (await health(healthPort, "/readyz"))?.status === 503);
    await app[Symbol.asyncDispose]();
    door.open();
    world.slack.faults.up();
    world.aws.faults.up();
  });
});

describe("a process that gets SIGHUP before it has started", () => {
  test("lives on, and reads its runbooks again once it has", async () => {
    await using world = await aWorld();
    await world.app[Symbol.asyncDispose]();
    await using copies = await runbookCopies();
    world.slack.faults.down();
    const healthPort = await freePort();
    const main = startMain({
      ...enough,
      SLACK_BOT_TOKEN: world.slack.botToken,
      SLACK_APP_TOKEN: world.slack.appToken,
      SLACK_API_URL: world.slack.apiUrl,
      AWS_ENDPOINT_URL: world.aws.url,
      AWS_ACCESS_KEY_ID: world.aws.broker.accessKeyId,
      AWS_SECRET_ACCESS_KEY: world.aws.broker.secretAccessKey,
      REDIS_URL: world.redis.url,
      JIT_QUEUE_PREFIX: `${world.config.queuePrefix}-main`,
      JIT_RUNBOOKS: copies.dir,
      JIT_HEALTH_PORT: String(healthPort),
    });
    try {
      await eventually(async () => (await health(healthPort, "/healthz"))?.status === 200);
      await copies.edit("orders-by-id.yml", (text) => text.replace("title: Order number", "title: Number"));
      main.child.kill("SIGHUP");
      world.slack.faults.up();
      await eventually(async () => main.said().includes("runbooks reloaded"));
    } finally {
      main.child.kill("SIGTERM");
    }
    expect(await main.ended).toBe(0);
  });
});

describe("a bot that is told to stop while rows wait for Slack", () => {
  test("ends within seconds, and says in the end that they are lost", async () => {
    await using world = await aWorld({ overrides: { sweepEveryMs: 300 } });
    const asked = await ask(world);
    for (const method of ["chat.postMessage", "chat.update", "files.getUploadURLExternal"] as const)
      world.slack.faults.httpError(method, { times: Infinity, status: 503 });
    await approve(world, asked);
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.state === "succeeded");
    const startedAt = performance.now();
    await world.app[Symbol.asyncDispose]();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    const { request } = await stored(world, asked.requestId);
    expect(request.runs[0]?.delivery).toMatchObject({
      status: "lost",
      why: expect.stringContaining("was stopped"),
    });
    world.slack.faults.clear();
    await using _ = await world.startReplica();
    await inThread(world, asked, "did not reach");
  });
});

describe("a bot that was set up wrongly", () => {
  test("lists every mistake of its configuration, shows no secret, and ends with code 1", async () => {
    const { code, said } = await runMain({
      SLACK_BOT_TOKEN: "xoxp-secret-value",
      JIT_ROLES: "boss",
      SLACK_PORT: "http",
      AWS_REGION: "mars",
    });
    expect(code).toBe(1);
    for (const name of [
      "SLACK_BOT_TOKEN",
      "JIT_ROLES",
      "SLACK_PORT",
      "AWS_REGION",
      "REDIS_URL",
      "SLACK_APP_TOKEN",
    ])
      expect(said).toContain(name);
    expect(said).not.toContain("secret-value");
    expect(said).not.toContain("    at ");
  });

  test("refuses a local Slack with a real AWS", async () => {
    const { code, said } = await runMain({ ...enough, AWS_ENDPOINT_URL: "" });
    expect(code).toBe(1);
    expect(said).toContain("a local Slack could approve access to real data");
  });

  test("names file and line of every mistake in its runbooks, and ends with code 1", async () => {
    await using copies = await runbookCopies({
      "orders-by-id.yml": (text) => text.replace("action: dynamodb:GetItem", "action: dynamodb:Scan"),
      "orders-recent-of-customer.yml": (text) => text.replace("orders-recent-of-customer", "orders-by-id"),
      "access.yml": (text) => text.replace("allowPreview: true", "allowPreviews: true"),
      "datasources.yml": (text) =>
        text.replace("keys: { partitionKey: order_id }", "keys: { partitionKey: order_id"),
    });
    const { code, said } = await runMain({ ...enough, JIT_RUNBOOKS: copies.dir });
    expect(code).toBe(1);
    for (const file of ["orders-by-id.yml", "access.yml", "datasources.yml"])
      expect(said).toMatch(new RegExp(`${file}:\\d+`));
    expect(said).not.toContain("    at ");
  });

  test("says that there is no folder where it looks for runbooks", async () => {
    const { code, said } = await runMain({ ...enough, JIT_RUNBOOKS: "/nowhere/runbooks" });
    expect(code).toBe(1);
    expect(said).toContain("/nowhere/runbooks");
    expect(said).not.toContain("    at ");
  });
});

const enough = {
  SLACK_BOT_TOKEN: "xoxb-1",
  SLACK_APP_TOKEN: "xapp-1",
  SLACK_API_URL: "http://127.0.0.1:1/api/",
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  AWS_REGION: "eu-west-1",
  REDIS_URL: "redis://127.0.0.1:1",
  JIT_HEALTH_PORT: "0",
};

async function runMain(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const { ended, said } = startMain(env);
  return { code: await ended, said: said() };
}

function startMain(env: Record<string, string>) {
  const child = spawn(process.execPath, ["src/main.ts"], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, ended, said: () => Buffer.concat(chunks).toString() };
}

async function health(
  port: number,
  path: string,
): Promise<{ status: number; missing: string[] } | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  if (!answer) return undefined;
  const { missing = [] } = (await answer.json()) as { missing?: string[] };
  return { status: answer.status, missing };
}
