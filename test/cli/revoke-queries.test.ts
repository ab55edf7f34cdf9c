import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { jit } from "../../src/cli/jit.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { createRequestStore } from "../../src/store/request-store.ts";
import { revokeByOperator } from "../../src/workflow/revoke-by-operator.ts";
import { approve, ask, stored } from "../flows/acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "../flows/athena-runbooks.ts";

const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
const who = ["--by", "night shift", "--reason", "Token leaked"];

describe("jit revoke, while a query runs in Athena", () => {
  let runbooks: AthenaRunbooks;
  let sandbox: Sandbox;
  let broker: DynamoDBClient;

  beforeAll(async () => {
    runbooks = await athenaRunbooks({ byNameSeconds: 60 });
    sandbox = await startSandbox({
      runbooks: runbooks.dir,
      redisUrl: process.env["TEST_REDIS_URL"],
      path: process.env["PATH"],
    });
    const { aws } = sandbox;
    process.env["AWS_ACCESS_KEY_ID"] = aws.broker.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = aws.broker.secretAccessKey;
    broker = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  });
  afterAll(async () => {
    broker?.destroy();
    await sandbox?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });
  afterEach(() => sandbox.aws.faults.clear());

  async function run(...args: string[]) {
    const out: string[] = [];
    const { aws, environment } = sandbox;
    const env = {
      JIT_TABLE: environment["JIT_TABLE"] ?? "jit-requests",
      AWS_REGION: aws.region,
      AWS_ENDPOINT_URL: aws.url,
    };
    const say = (line: string) => void out.push(line);
    return { code: await jit(["revoke", ...args, ...who], { out: say, err: say, env }), out: out.join("\n") };
  }

  const store = () => createRequestStore(broker, sandbox.environment["JIT_TABLE"] ?? "jit-requests");

  async function underWay(as: string): Promise<{ requestId: string; queryExecutionId: string }> {
    const fields = { Day: day, "Event name": "AssumeRole" };
    const asked = await ask(sandbox, { runbook: "trail-by-name", fields, as });
    await approve(sandbox, asked);
    const { request } = await stored(
      { store: store() },
      asked.requestId,
      (now) => now.request.runs[0]?.query !== undefined,
    );
    return {
      requestId: asked.requestId,
      queryExecutionId: request.runs[0]?.query?.queryExecutionId ?? "",
    };
  }

  const stateInAws = (id: string) =>
    sandbox.aws.athena.queries().find((query) => query.queryExecutionId === id)?.state;

  const janitorIsRefused = () =>
    sandbox.aws.faults.add({
      service: "sts",
      operation: "AssumeRole",
      effect: { kind: "error", code: "AccessDenied", status: 403 },
    });

  test("records the revocation, and by the record alone a bot that lives stops the query", async () => {
    using _running = sandbox.aws.athena.pace.hold("running");
    const { requestId, queryExecutionId } = await underWay("oncall");
    const deps = { store: store(), clock: { now: () => new Date() } };
    await revokeByOperator(deps, requestId, { operator: "night shift", reason: "Token leaked" });
    const { request } = await stored(
      { store: store() },
      requestId,
      (now) => now.request.runs[0]?.state === "stopped" && now.request.runs[0].query?.ended !== undefined,
    );
    expect(request.runs[0]?.query?.ended?.state).toBe("CANCELLED");
    expect(stateInAws(queryExecutionId)).toBe("CANCELLED");
    expect(request.events.filter(({ fact }) => fact.type === "query.ended")).toHaveLength(1);
  });

  test("stops it by itself when the bot is gone for good, and says so where it may not", async () => {
    using _running = sandbox.aws.athena.pace.hold("running");
    const { requestId, queryExecutionId } = await underWay("engineer");
    process.kill(sandbox.bot.pid, "SIGKILL");

    janitorIsRefused();
    const refused = await run("--all");
    expect(refused.out).toContain("1 grant(s) ended");
    expect(refused.out).toMatch(/could not be stopped from here: AccessDenied/);
    expect(refused.out).toContain(
      `aws athena stop-query-execution --region ${sandbox.aws.region} --query-execution-id ${queryExecutionId}`,
    );
    expect(refused.code).toBe(1);
    expect(stateInAws(queryExecutionId)).toBe("RUNNING");
    const ended = await store().get(requestId);
    expect(ended?.request.revocation).toMatchObject({ cause: "revoked", operator: "night shift" });

    sandbox.aws.faults.clear();
    const again = await run("--all");
    expect(again.out).toContain("0 grant(s) ended, 0 pending request(s) cancelled");
    expect(again.out).toContain(`The query ${queryExecutionId} of ${requestId}/1 has ended: CANCELLED.`);
    expect(again.code).toBe(0);
    expect(stateInAws(queryExecutionId)).toBe("CANCELLED");
    expect((await store().get(requestId))?.request.runs[0]?.query?.ended?.state).toBe("CANCELLED");
  });
});
