import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runDynamoDb } from "../../src/execution/run-dynamodb.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import type { Execution, RunProgress } from "../../src/workflow/ports.ts";
import { aWritePlan } from "../fixtures/a-write.ts";
import { aWorkshop, byStatus, planOf, type Workshop } from "./a-session.ts";

/** Reading a table starts no Athena query. */
const noQuery = (): Promise<never> => Promise.reject(new Error("no query was expected"));

describe("a planned query", () => {
  let shop: Workshop;

  beforeAll(async () => {
    shop = await aWorkshop();
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());
  afterEach(() => shop.aws.faults.clear());

  async function run(
    plan: Plan,
    signal = new AbortController().signal,
    onProgress: (p: RunProgress) => void = () => {},
  ): Promise<Execution> {
    const session = await shop.open(plan);
    try {
      return await session.execute(plan, signal, {
        progress: onProgress,
        queryStarted: noQuery,
        nextLease: noQuery,
      });
    } finally {
      session.dispose();
    }
  }

  const generous = { maxRows: 10_000, maxPages: 100, maxItemsScanned: 100_000, maxBytes: 10_000_000 };

  test("is read page by page to its end under the session's policy", async () => {
    const seen: RunProgress[] = [];
    const total = shop.orders.countByStatus.SHIPPED;
    const plan = planOf({ calls: byStatus("SHIPPED", 50), limits: generous });
    const execution = await run(plan, undefined, (progress) => seen.push(progress));
    expect(execution).toMatchObject({ status: "succeeded", itemsScanned: total, pages: seen.length });
    expect(execution).not.toHaveProperty("truncatedBy");
    if (execution.status !== "succeeded") return;
    expect(new Set(execution.rows.map((row) => row["order_id"])).size).toBe(total);
    expect(seen.length).toBeGreaterThanOrEqual(Math.ceil(total / 50));
    expect(seen.map(({ rows }) => rows)).toEqual(seen.map(({ rows }) => rows).toSorted((a, b) => a - b));
    expect(execution.capacityUnits).toBeGreaterThan(0);
    const pages = shop.aws.calls.query({ operation: "Query", sessionName: "jit-R0000000000000001-1" });
    expect(pages.at(-1)?.request).toHaveProperty("ExclusiveStartKey");
    expect(pages.every(({ access }) => access === "allowed")).toBe(true);
  });

  test.each([
    ["maxRows", { maxRows: 120 }, (execution: Succeeded) => execution.rows.length === 120],
    [
      "maxPages",
      { maxPages: 2 },
      (execution: Succeeded) => execution.pages === 2 && execution.rows.length === 100,
    ],
    ["maxItemsScanned", { maxItemsScanned: 70 }, (execution: Succeeded) => execution.itemsScanned === 70],
    ["maxBytes", { maxBytes: 5_000 }, (execution: Succeeded) => execution.rows.length < 100],
  ] as const)("stops at %s and says so", async (cap, limit, holds) => {
    const execution = await run(
      planOf({ calls: byStatus("SHIPPED", 50), limits: { ...generous, ...limit } }),
    );
    expect(execution).toMatchObject({ status: "succeeded", truncatedBy: cap });
    if (execution.status === "succeeded") expect(holds(execution)).toBe(true);
  });

  test("is not called truncated when its last row is the last that is allowed", async () => {
    const total = shop.orders.countByStatus.SHIPPED;
    const execution = await run(
      planOf({ calls: byStatus("SHIPPED", 1000), limits: { ...generous, maxRows: total } }),
    );
    expect(execution).toMatchObject({ status: "succeeded" });
    expect(execution).not.toHaveProperty("truncatedBy");
  });

  test("goes on over pages that a filter left empty", async () => {
    const [call] = byStatus("SHIPPED", 25);
    if (call?.action !== "dynamodb:Query") return;
    const request = {
      ...call.request,
      FilterExpression: "attempt > :many",
      ExpressionAttributeValues: { ...call.request.ExpressionAttributeValues, ":many": { N: "1000" } },
    };
    const execution = await run(planOf({ calls: [{ ...call, request }], limits: generous }));
    expect(execution).toMatchObject({
      status: "succeeded",
      rows: [],
      itemsScanned: shop.orders.countByStatus.SHIPPED,
    });
  });

  test("that is aborted in the middle of its pages ends there", async () => {
    const stop = new AbortController();
    const pages: RunProgress[] = [];
    const execution = await run(
      planOf({ calls: byStatus("SHIPPED", 10), limits: generous }),
      stop.signal,
      (progress) => {
        pages.push(progress);
        if (progress.pages === 3) stop.abort();
      },
    );
    expect(execution).toEqual({ status: "aborted" });
    expect(pages).toHaveLength(3);
  });

  test.each([
    ["is not looked at before", { status: "not-shown", because: "policy" } as const, ["GetItem"]],
    ["was looked at", { status: "read", at: "2026-11-21T02:10:00.000Z", image: {} } as const, []],
  ])("that writes an item that %s sends no write once its grant has ended", async (_, before, calls) => {
    const base = aWritePlan(before);
    const [update] = base.calls;
    const plan = planOf({ calls: base.calls });
    const policed: Plan = { ...plan, write: base.write! };
    expect(update?.action).toBe("dynamodb:UpdateItem");
    const session = await shop.open(policed);
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    const stop = new AbortController();
    if (before.status === "read") stop.abort();
    // What was looked at has come, and then the grant ends.
    const watch = { progress: () => stop.abort(), queryStarted: noQuery, nextLease: noQuery };
    expect(await session.execute(policed, stop.signal, watch)).toEqual({ status: "aborted" });
    session.dispose();
    const said = shop.aws.calls.query({ service: "dynamodb", after }).map(({ operation }) => operation);
    expect(said).toEqual(calls);
  });

  test("that is aborted while AWS is silent ends at once", async () => {
    shop.aws.faults.add({ service: "dynamodb", operation: "Query", effect: { kind: "hang", when: "after" } });
    const stop = new AbortController();
    const after = shop.aws.calls.query().at(-1)?.id ?? 0;
    const running = run(planOf(), stop.signal);
    await shop.aws.calls.waitForCall((call) => call.operation === "Query" && call.id > after);
    stop.abort();
    expect(await running).toEqual({ status: "aborted" });
  });

  test("that takes longer than its runbook allows is stopped, in words", async () => {
    shop.aws.faults.add({
      service: "dynamodb",
      operation: "Query",
      effect: { kind: "latency", latencyMs: 3_000 },
    });
    const execution = await run(planOf({ limits: { timeoutSeconds: 1 } }));
    expect(execution).toMatchObject({ status: "failed", code: "timeout" });
    expect((execution as { sentence: string }).sentence).toContain("1 seconds");
  });

  test.each([
    ["ThrottlingException", "throttled"],
    ["ProvisionedThroughputExceededException", "throttled"],
    ["RequestLimitExceeded", "throttled"],
    ["ResourceNotFoundException", "not-found"],
    ["AccessDeniedException", "access-denied"],
    ["ValidationException", "invalid-call"],
    ["ExpiredTokenException", "expired"],
  ])("that DynamoDB refuses with %s fails as %s, in words", async (code, told) => {
    shop.aws.faults.add({
      service: "dynamodb",
      operation: "Query",
      effect: { kind: "error", code, message: "internal detail" },
    });
    const execution = await run(planOf());
    expect(execution).toMatchObject({ status: "failed", code: told });
    expect((execution as { sentence: string }).sentence).not.toContain("internal detail");
  });

  test("whose session is over in the middle of its pages gives no row, and says that it was", async () => {
    await using own = await aWorkshop();
    const plan = planOf({ calls: byStatus("SHIPPED", 10), limits: generous });
    const session = await own.open(plan);
    const pages: RunProgress[] = [];
    const watch = {
      progress: (progress: RunProgress) => {
        pages.push(progress);
        if (progress.pages === 2) own.aws.clock.advance(16 * 60_000);
      },
      queryStarted: async () => {},
      nextLease: async () => "last" as const,
    };
    const execution = await session.execute(plan, new AbortController().signal, watch);
    session.dispose();
    expect(execution).toMatchObject({ status: "failed", code: "expired" });
    expect(execution).not.toHaveProperty("rows");
    expect(pages).toHaveLength(2);
    const [first, second, ...refused] = own.aws.calls
      .query({ operation: "Query" })
      .map(({ error }) => error?.code);
    expect([first, second]).toEqual([undefined, undefined]);
    expect(new Set(refused)).toEqual(new Set(["ExpiredTokenException"]));
  });

  test("that is throttled once succeeds", async () => {
    shop.aws.faults.add({ service: "dynamodb", operation: "Query", times: 1, effect: { kind: "throttle" } });
    expect(await run(planOf())).toMatchObject({ status: "succeeded" });
  });

  test("with credentials for another plan reads nothing", async () => {
    const session = await shop.open(planOf());
    const other = planOf({ calls: byStatus("SHIPPED", 10) });
    const execution = await session.execute(other, new AbortController().signal, {
      progress: () => {},
      queryStarted: noQuery,
      nextLease: noQuery,
    });
    session.dispose();
    expect(execution).toMatchObject({ status: "failed", code: "access-denied" });
  });

  test("by keys reads each item that exists, the declared columns only", async () => {
    const ids = ["O-00000001", "O-00000002", "O-99999999"];
    const plan = planOf({ calls: byKeys(ids), columns: ["order_id", "updated_at"] });
    const execution = await run(plan);
    expect(execution).toMatchObject({ status: "succeeded", pages: 1 });
    if (execution.status !== "succeeded") return;
    expect(new Set(execution.rows.map((row) => row["order_id"]))).toEqual(
      new Set(["O-00000001", "O-00000002"]),
    );
    for (const row of execution.rows) expect(Object.keys(row).toSorted()).toEqual(["order_id", "updated_at"]);
  });
});

describe("a batch that DynamoDB answers in parts", () => {
  test("is asked for what is left until nothing is", async () => {
    const ids = ["O-00000001", "O-00000002", "O-00000003"];
    const asked: string[][] = [];
    await using dynamo = await answering((body) => {
      const { Keys, ...rest } = (
        body as { RequestItems: { orders: { Keys: { order_id: { S: string } }[] } } }
      ).RequestItems.orders;
      asked.push(Keys.map((key) => key.order_id.S));
      const [first, ...left] = Keys;
      return {
        Responses: { orders: first ? [first] : [] },
        UnprocessedKeys: left.length > 0 ? { orders: { ...rest, Keys: left } } : {},
        ConsumedCapacity: [{ TableName: "orders", CapacityUnits: 0.5 }],
      };
    });
    const execution = await runDynamoDb(
      dynamo.client,
      planOf({ calls: byKeys(ids), columns: ["order_id"] }),
      new AbortController().signal,
      () => {},
    );
    expect(execution).toMatchObject({ status: "succeeded", pages: 3, itemsScanned: 3, capacityUnits: 1.5 });
    expect(asked).toEqual([ids, ids.slice(1), ids.slice(2)]);
  });

  test("that never gets an answer for some keys ends at its page limit and says so", async () => {
    await using dynamo = await answering((body) => ({
      Responses: {},
      UnprocessedKeys: (body as { RequestItems: unknown }).RequestItems,
    }));
    const plan = planOf({ calls: byKeys(["O-00000001"]), columns: ["order_id"], limits: { maxPages: 3 } });
    const execution = await runDynamoDb(dynamo.client, plan, new AbortController().signal, () => {});
    expect(execution).toMatchObject({ status: "succeeded", pages: 3, truncatedBy: "maxPages" });
  });
});

type Succeeded = Extract<Execution, { status: "succeeded" }>;

function byKeys(ids: readonly string[]): Plan["calls"] {
  const Keys = ids.map((id) => ({ order_id: { S: id } }));
  return [
    {
      action: "dynamodb:BatchGetItem",
      request: { RequestItems: { orders: { Keys, ProjectionExpression: "order_id, updated_at" } } },
    },
  ];
}

/** Speaks just enough of DynamoDB's protocol to answer in a way that a real table only does under load. */
async function answering(
  answer: (body: unknown) => unknown,
): Promise<AsyncDisposable & { client: DynamoDBClient }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString()))));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" },
  });
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
