import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { approve, ask, inThread } from "./acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "./athena-runbooks.ts";
import { movableClock } from "./movable-clock.ts";

const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");

describe("a bot killed while its query runs in Athena", () => {
  let runbooks: AthenaRunbooks;
  let sandbox: Sandbox;

  beforeAll(async () => {
    runbooks = await athenaRunbooks();
    sandbox = await startSandbox({
      runbooks: runbooks.dir,
      redisUrl: process.env["TEST_REDIS_URL"],
      path: process.env["PATH"],
    });
  });
  afterAll(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });

  test("has it stopped by the next one, asks AWS what became of it, and never runs it again", async () => {
    const { aws, bot, environment } = sandbox;
    using _running = aws.athena.pace.hold("running");
    const fields = { Day: day, "Event name": "AssumeRole" };
    const asked = await ask(sandbox, { runbook: "trail-by-name", fields });
    await approve(sandbox, asked);
    await aws.calls.waitForCall(
      (call) => call.operation === "GetQueryExecution" && call.tags["grant"] === asked.requestId,
      20_000,
    );
    process.kill(bot.pid, "SIGKILL");

    // The next process, a minute later.
    process.env["AWS_ACCESS_KEY_ID"] = aws.broker.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = aws.broker.secretAccessKey;
    const config = { ...readConfig({ ...environment, JIT_HEALTH_PORT: "0", SLACK_PORT: "0" }) };
    const clock = movableClock(60_000);
    await using _next = await createApp(config, { log: silentLog, clock, sweepEveryMs: 200 });
    const failed = await inThread(sandbox, asked, "✖ Run 1 failed");
    expect(failed.rendered).toContain("the query was stopped and nobody has seen a row");
    await inThread(sandbox, asked, "❔ The outcome of run 1 is unknown");
    const ended = await inThread(sandbox, asked, "Access ended");
    expect(ended.rendered).toContain("cancelled");

    const calls = (operation: string) =>
      aws.calls
        .query({ service: "athena", operation })
        .filter(({ tags, access }) => tags["grant"] === asked.requestId && access === "allowed");
    expect(calls("StartQueryExecution")).toHaveLength(1);
    expect(calls("GetQueryResults")).toEqual([]);
    expect(calls("StopQueryExecution")[0]).toMatchObject({ sourceIdentity: "jit-janitor" });
    expect(aws.athena.queries().map(({ state }) => state)).toEqual(["CANCELLED"]);
  });
});
