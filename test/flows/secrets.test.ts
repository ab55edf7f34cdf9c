import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, everythingStored, inThread, sessionsOf, stored, toldPrivately } from "./acting.ts";
import { type RedisDoor, redisDoor } from "./redis-door.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

/** Everything that one eventful hour leaves behind: log lines, Redis, the bot's table, the AWS call log. */
describe("what must not be found anywhere (field failure 35)", () => {
  const lines: string[] = [];
  const into = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  let door: RedisDoor;
  let copies: RunbookCopies;
  let world: World;
  let email: string;
  let requestIds: string[];

  beforeAll(async () => {
    copies = await runbookCopies();
    const overrides = { log: createLog("debug", into), sweepEveryMs: 200 };
    world = await aWorld({ runbooksDir: copies.dir, overrides, config: { logLevel: "debug" } });
    await world.app[Symbol.asyncDispose]();
    door = await redisDoor(world.redis.url);
    await world.startReplica({ redisUrl: door.url });
    email = world.orders.knownOrder.email;
    const { customerId } = world.orders.knownCustomer;
    const fields = { Customer: customerId, "E-mail": email };
    const rows = await ask(world, {
      runbook: "orders-with-words",
      fields: { Customer: world.orders.knownOrder.customer_id },
    });
    const sensitive = await ask(world, { as: "engineer", runbook: "orders-with-words", fields });
    const failing = await ask(world, { runbook: "orders-pair", fields: { "First order": "O-00000001" } });
    await toldPrivately(world.slack.as("engineer"), () => approve(world, rows, "engineer"));
    world.aws.faults.add({
      service: "dynamodb",
      operation: "BatchGetItem",
      times: 5,
      effect: { kind: "internal" },
    });
    world.slack.faults.httpError("chat.update", { times: 2 });
    for (const asked of [rows, sensitive, failing]) await approve(world, asked);
    for (const asked of [rows, sensitive]) await inThread(world, asked, "✔");
    await inThread(world, failing, "✖ Run 1 failed");
    requestIds = [rows, sensitive, failing].map(({ requestId }) => requestId);
    for (const requestId of requestIds.slice(0, 2))
      await stored(world, requestId, (now) => now.request.runs[0]?.delivery !== undefined);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await door?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  /** Where each text was found, and not the text itself. */
  async function leaks(
    texts: readonly string[],
    where: Record<string, readonly string[]>,
  ): Promise<string[]> {
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text.length).toBeGreaterThan(5);
    return Object.entries(where).flatMap(([place, entries]) =>
      entries
        .filter((entry) => texts.some((text) => entry.includes(text)))
        .map((entry) => `${place}: ${entry.slice(0, 300)}`),
    );
  }

  async function places(): Promise<Record<string, readonly string[]>> {
    expect(lines.length).toBeGreaterThan(10);
    expect(door.saw().length).toBeGreaterThan(1_000);
    return { log: lines, redis: door.saw().split("\r\n"), table: await everythingStored(world) };
  }

  test("rows stand in no log line, no Redis command and not in the bot's table", async () => {
    const { knownOrder } = world.orders;
    expect(knownOrder.note).toBeDefined();
    expect(await leaks([knownOrder.note ?? ""], await places())).toEqual([]);
  });

  test("tokens, the signing secret and the bot's own keys stand nowhere", async () => {
    const { slack, aws } = world;
    const secrets = [slack.botToken, slack.appToken, slack.signingSecret, aws.broker.secretAccessKey];
    expect(await leaks(secrets, await places())).toEqual([]);
  });

  test("secret keys and session tokens of runs stand nowhere", async () => {
    const secrets = requestIds.flatMap((requestId) =>
      sessionsOf(world, requestId).flatMap(({ issued }) => {
        const keys = world.aws.stolenKeys(issued?.accessKeyId ?? "");
        return keys ? [keys.secretAccessKey, keys.sessionToken] : [];
      }),
    );
    expect(secrets.length).toBeGreaterThanOrEqual(6);
    expect(await leaks(secrets, await places())).toEqual([]);
  });

  test("response URLs and trigger ids stand nowhere", async () => {
    const payloads = world.slack.record.deliveries().map(({ payload }) => payload);
    const handles = payloads.flatMap((payload) => [payload["trigger_id"], payload["response_url"]]);
    expect(
      await leaks(
        handles.filter((handle) => typeof handle === "string"),
        await places(),
      ),
    ).toEqual([]);
  });

  test("a sensitive input stands in no log line, no Redis command, no audit event and no message but those of its requester and approvers", async () => {
    const events: string[] = [];
    for (const requestId of requestIds) {
      const { request } = await stored(world, requestId);
      events.push(...request.events.map((event) => JSON.stringify(event)));
    }
    const { table: _, ...others } = await places();
    expect(await leaks([email], { ...others, events })).toEqual([]);
  });

  test("no reason and no input stands in the log", async () => {
    const reasons = [];
    for (const requestId of requestIds) reasons.push((await stored(world, requestId)).request.reason);
    expect(await leaks([...reasons, world.orders.knownOrder.customer_id], { log: lines })).toEqual([]);
  });

  test("what was refused is recorded, by whom and why, without the reason that somebody typed", async () => {
    const facts = (await everythingStored(world)).filter((item) => item.includes("FACT#"));
    expect(facts).toHaveLength(1);
    expect(facts[0]).toContain("not-an-approver");
    expect(facts[0]).not.toContain("Reason number");
  });
});
