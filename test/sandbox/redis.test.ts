import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { startRedis, type RedisKind } from "../../src/sandbox/redis.ts";

const path = process.env["PATH"];
const has = async (binary: string) =>
  promisify(execFile)("sh", ["-c", `command -v ${binary}`]).then(
    () => true,
    () => false,
  );
const rungs: RedisKind[] = ["embedded"];
for (const server of ["valkey-server", "redis-server"] as const) {
  if (await has(server)) rungs.unshift(server);
}

describe.each(rungs)("a Redis of kind %s", (only) => {
  test("answers ioredis and forgets nothing while it runs", async () => {
    await using peer = await startRedis({ only, path });
    expect(peer.kind).toBe(only);
    const redis = new Redis(peer.url);
    await redis.set("greeting", "hello", "PX", 60_000);
    expect(await redis.get("greeting")).toBe("hello");
    await redis.quit();
  });

  test("carries a BullMQ job from queue to worker", async () => {
    await using peer = await startRedis({ only, path });
    const connection = { url: peer.url, maxRetriesPerRequest: null };
    const queue = new Queue<{ request: string }>("runs", { connection });
    const worker = new Worker<{ request: string }, string>("runs", async (job) => job.data.request, {
      connection,
    });
    const completed = once(worker, "completed");
    await queue.add("run", { request: "R-1" }, { attempts: 1 });
    const [job] = (await completed) as [{ returnvalue: string }];
    expect(job.returnvalue).toBe("R-1");
    await worker.close();
    await queue.close();
  });

  test("is gone when it is disposed of", async () => {
    const peer = await startRedis({ only, path });
    const { port } = new URL(peer.url);
    await peer[Symbol.asyncDispose]();
    expect(await connects(Number(port))).toBe(false);
  });
});

describe.skipIf(!rungs.includes("redis-server"))("a private redis-server", () => {
  test("asks for the password that only its URL holds", async () => {
    await using peer = await startRedis({ only: "redis-server", path });
    const { hostname, port } = new URL(peer.url);
    const stranger = new Redis(Number(port), hostname, { maxRetriesPerRequest: 0 });
    stranger.on("error", () => {});
    await expect(stranger.get("anything")).rejects.toThrow(/NOAUTH/);
    stranger.disconnect();
    expect(peer.describe).not.toContain(new URL(peer.url).password);
  });

  test("ends when the process that started it is killed", async () => {
    const starter = `
      import { startRedis } from ${JSON.stringify(new URL("../../src/sandbox/redis.ts", import.meta.url).href)};
      console.log((await startRedis({ only: "redis-server", path: process.env.PATH })).url);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", starter], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const port = Number(new URL(url).port);
    expect(await connects(port)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    await expect.poll(() => connects(port), { timeout: 60_000 }).toBe(false);
  });
});

test("a given URL is taken as it is", async () => {
  await using peer = await startRedis({ url: "redis://192.0.2.7:6379", path });
  expect(peer).toMatchObject({ url: "redis://192.0.2.7:6379", kind: "given" });
});

test("without a URL and without a server on PATH, the embedded one is used and says so", async () => {
  await using peer = await startRedis({ path: "/nonexistent" });
  expect(peer.kind).toBe("embedded");
  expect(peer.describe).toContain("slower");
});

test("asking for a rung that this machine lacks fails clearly", async () => {
  await expect(startRedis({ only: "redis-server", path: "/nonexistent" })).rejects.toThrow(
    "There is no Redis of kind redis-server here.",
  );
});

async function connects(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
