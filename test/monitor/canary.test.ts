import { Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { jit } from "../../src/cli/jit.ts";
import { createStsClient } from "../../src/aws/clients.ts";
import { createSessionIssuer } from "../../src/execution/issue-session.ts";
import { runCanary } from "../../src/monitor/run-canary.ts";
import { connectRedis } from "../../src/queue/connect-redis.ts";
import { queueNames } from "../../src/queue/job-names.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import type { SessionIssuer } from "../../src/workflow/ports.ts";
import { provePlan } from "../../src/workflow/prove-plan.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { eventually } from "../fixtures/eventually.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { everythingStored, PATIENCE } from "../flows/acting.ts";
import { type RunbookCopies, runbookCopies } from "../flows/runbook-copies.ts";

const order = { runbook: "orders-by-id", inputs: { order_id: "O-00000001" } };
const policy = `
  - name: canary
    runbooks: [orders-by-id]
    requesters: [engineering]
    approval: { approvers: [orders-platform], count: 1 }
    maxDurationMinutes: 60
    channel: C0APPROVALS
    allowPreview: true
    canary: true
`;

describe("the canary", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies({
      "orders-by-id.yml": (text) => text.replace("timeoutSeconds: 10,", "timeoutSeconds: 1,"),
      "access.yml": (text) => text.replace(/\npolicies:\n/, `\npolicies:${policy}`),
    });
    world = await aWorld({
      runbooksDir: copies.dir,
      config: { canary: order, auditChannel: "C0AUDIT" },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });
  afterEach(() => world.aws.faults.clear());

  const noSql = () => Promise.reject(new Error("these runbooks have no SQL"));

  async function fly(asked = order, change: (issuer: SessionIssuer) => SessionIssuer = (same) => same) {
    const place = { region: world.aws.region, endpoint: world.aws.url };
    const sts = createStsClient(place, { credentials: world.aws.broker });
    const now = () => new Date();
    const sessions = change(createSessionIssuer({ sts, place, clock: { now } }));
    const { catalogue } = await loadCatalogue(copies.dir, {});
    try {
      return await runCanary(
        { catalogue, checkSql: noSql, sessions, now },
        asked,
        AbortSignal.timeout(50_000),
      );
    } finally {
      sts.destroy();
    }
  }

  test("is green when AWS refuses the credentials after their end, and took them before (field failure 36)", async () => {
    const { status, steps, id } = await fly();
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(status).toBe("green");
    const calls = world.aws.calls.query({ service: "dynamodb" }).filter(({ tags }) => tags["grant"] === id);
    expect(calls.map(({ access }) => access)).toEqual(["allowed", "allowed", "denied"]);
    expect(calls.every(({ sessionName }) => sessionName === `jit-${id}-1`)).toBe(true);
  });

  test("is red when a session outlives what it was given for", async () => {
    // The policy that STS gets ends a minute after the life that was ordered.
    const { status, steps } = await fly(order, (issuer) => ({
      issue: (asked) =>
        issuer.issue({
          ...asked,
          policyFor: (expiresAt, now) => provePlan(asked.plan, new Date(expiresAt.getTime() + 60_000), now),
        }),
    }));
    expect(status).toBe("red");
    expect(steps.at(-1)).toEqual({ name: "replay after the end", ok: false, says: "still-alive" });
  });

  test.each([
    ["a runbook that no policy names exactly with canary: true", { ...order, runbook: "orders-pair" }],
    ["a runbook that is not there", { ...order, runbook: "orders-nothing" }],
    ["an input that is wrong", { ...order, inputs: { order_id: "1 OR 1=1" } }],
  ])("runs nothing for %s, and is red", async (_, asked) => {
    const before = world.aws.calls.query({ operation: "AssumeRole" }).length;
    const { status, steps } = await fly(asked);
    expect(status).toBe("red");
    expect(steps).toMatchObject([{ name: "plan", ok: false }]);
    expect(world.aws.calls.query({ operation: "AssumeRole" })).toHaveLength(before);
  });

  test("is red when STS gives no session", async () => {
    world.aws.faults.add({
      service: "sts",
      operation: "AssumeRole",
      effect: { kind: "error", code: "AccessDenied", status: 403 },
    });
    expect(await fly()).toMatchObject({
      status: "red",
      steps: [{ ok: true }, { name: "session", ok: false }],
    });
  });

  test("is scheduled, tells the audit channel, and is recorded; red is an alarm", async () => {
    const redis = connectRedis(world.redis.url, silentLog);
    const chores = new Queue(queueNames.chores, { connection: redis, prefix: world.config.queuePrefix });
    try {
      const schedulers = await chores.getJobSchedulers();
      expect(schedulers.map(({ key, pattern }) => [key, pattern])).toContainEqual(["canary", "17 3 * * *"]);
      const lead = world.slack.as("lead");
      await chores.add("canary", {});
      await lead.waitForMessage("#jit-audit", (text) => text.includes("green"), PATIENCE);
      world.aws.faults.add({ service: "dynamodb", operation: "GetItem", effect: { kind: "throttle" } });
      await chores.add("canary", {});
      await lead.waitForMessage(
        "#jit-audit",
        (text) => text.includes("Alarm") && text.includes("query"),
        PATIENCE,
      );
    } finally {
      await chores.close();
      redis.disconnect();
    }
    world.aws.faults.clear();
    await eventually(async () => {
      const metrics = await fetch(`http://127.0.0.1:${world.app.healthPort}/metrics`);
      return (await metrics.text()).split("\n").includes("jit_canary_green 0");
    }, PATIENCE.timeoutMs);
    const facts = (await everythingStored(world)).filter((item) => item.includes("canary.ended"));
    expect(facts).toHaveLength(2);
  });

  test("is run by jit canary, which says each step and fails when it is red", async () => {
    const said: string[] = [];
    const io = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) };
    const env = {
      AWS_REGION: world.aws.region,
      AWS_ENDPOINT_URL: world.aws.url,
      JIT_RUNBOOKS: copies.dir,
      JIT_CANARY_RUNBOOK: order.runbook,
      JIT_CANARY_INPUTS: JSON.stringify(order.inputs),
    };
    expect(await jit(["canary"], { ...io, env })).toBe(0);
    expect(said.join("\n")).toMatch(/ok {6}replay after the end: .*AccessDenied/);
    expect(await jit(["canary"], { ...io, env: { ...env, JIT_CANARY_INPUTS: "[]" } })).toBe(1);
    expect(await jit(["canary"], { ...io, env: { ...env, JIT_CANARY_RUNBOOK: "" } })).toBe(1);
    expect(await jit(["canary", "now"], { ...io, env })).toBe(2);
  });
});
