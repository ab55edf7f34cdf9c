import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { dataCalls, inThread, sessionsOf } from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { approveByTwo, askForRelease, lockedOrder, lockOf } from "./writing.ts";

describe.each([
  {
    when: "after" as const,
    title: "the write was done",
    says: "Written: the item, read back, shows it",
    owner: undefined,
  },
  {
    when: "before" as const,
    title: "the write never arrived",
    says: "nothing was written",
    owner: "fulfilment-worker-3",
  },
])("a worker killed with its write sent and unanswered, where $title", ({ when, says, owner }) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ redisUrl: process.env["TEST_REDIS_URL"], path: process.env["PATH"] });
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  test("leaves an unknown outcome that the item itself clears up; nothing is written again", async () => {
    const { aws, bot, environment } = sandbox;
    const order = lockedOrder(sandbox);
    const asked = await askForRelease(sandbox, order);
    aws.faults.add({
      service: "dynamodb",
      operation: "UpdateItem",
      table: "orders",
      times: 1,
      effect: { kind: "hang", when },
    });
    await approveByTwo(sandbox, asked);
    await aws.calls.waitForCall((call) => call.operation === "UpdateItem" && call.fault === "hang");
    process.kill(bot.pid, "SIGKILL");

    // The next process, a minute later.
    process.env["AWS_ACCESS_KEY_ID"] = aws.broker.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = aws.broker.secretAccessKey;
    const config = readConfig({ ...environment, JIT_HEALTH_PORT: "0", SLACK_PORT: "0" });
    await using _next = await createApp(config, {
      log: silentLog,
      clock: movableClock(60_000),
      sweepEveryMs: 200,
    });
    await inThread(sandbox, asked, "❔ The outcome of run 1 is unknown");
    await inThread(sandbox, asked, says);
    expect((await lockOf(sandbox, order)).owner).toBe(owner);
    const writes = dataCalls(sandbox, asked.requestId).filter(({ operation }) => operation === "UpdateItem");
    expect(writes).toHaveLength(1);
    // One that looked before, one of the run, one that read back.
    expect(sessionsOf(sandbox, asked.requestId)).toHaveLength(3);
  });
});
