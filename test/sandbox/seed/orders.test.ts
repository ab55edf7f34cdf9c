import { DynamoDBClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { orderBook } from "../../../src/sandbox/seed/order-book.ts";
import { orderEvents } from "../../../src/sandbox/seed/order-events.ts";
import { seedOrders, type OrdersFacts } from "../../../src/sandbox/seed/orders.ts";

const now = new Date("2026-11-21T02:50:00Z");
const minutesAgo = (time: string) => (now.getTime() - Date.parse(time)) / 60_000;

describe("the order book", () => {
  const book = orderBook(now);

  test("is the same for the same time, to the byte", () => {
    expect(JSON.stringify(orderBook(now))).toBe(JSON.stringify(book));
  });

  test("has an incident: twelve orders of nine customers stuck in PAID for 25 to 40 minutes", () => {
    expect(book.stuck).toHaveLength(12);
    expect(new Set(book.stuck.map((order) => order.customer_id)).size).toBe(9);
    for (const order of book.stuck) {
      expect(order).toMatchObject({ status: "PAID", lock_owner: "fulfilment-worker-3" });
      expect(order.attempt).toBeGreaterThanOrEqual(3);
      expect(minutesAgo(order.updated_at)).toBeGreaterThanOrEqual(25);
      expect(minutesAgo(order.updated_at)).toBeLessThanOrEqual(40);
    }
    expect(book.poison.attempt).toBe(19);
  });

  test("has no other order in PAID that didn't move within ten minutes", () => {
    const moving = book.orders.filter((order) => order.status === "PAID" && !book.stuck.includes(order));
    expect(moving.length).toBeGreaterThan(20);
    for (const order of moving) expect(minutesAgo(order.updated_at)).toBeLessThan(10);
  });

  test("has keys in their declared forms, times in order and none ahead of now", () => {
    for (const order of book.orders) {
      expect(order.order_id).toMatch(/^O-\d{8}$/);
      expect(order.customer_id).toMatch(/^C-\d{4}$/);
      expect(order.email).toBe(`customer-${order.customer_id.slice(2)}@example.com`);
      expect(order.updated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(order.created_at <= order.updated_at).toBe(true);
      expect(minutesAgo(order.updated_at)).toBeGreaterThanOrEqual(0);
    }
    expect(new Set(book.orders.map((order) => order.created_at)).size).toBe(book.orders.length);
  });

  test("has notes that spreadsheets, Slack and fonts stumble over", () => {
    const notes = book.orders.map((order) => order.note ?? "").join("\n");
    for (const hostile of ["=1+1", "@reception", "<!channel>", "日本語", "\u202e"])
      expect(notes).toContain(hostile);
  });

  test("has events for about 300 orders, unique per order and second", () => {
    const events = orderEvents(book);
    const orders = new Set(events.map((event) => event.order_id)).size;
    expect(orders).toBeGreaterThanOrEqual(300);
    expect(orders).toBeLessThanOrEqual(312);
    expect(new Set(events.map((event) => `${event.order_id} ${event.event_at}`)).size).toBe(events.length);
  });
});

describe("the seeded tables", () => {
  let aws: AwsPeer;
  let client: DynamoDBClient;
  let facts: OrdersFacts;
  beforeAll(async () => {
    aws = await startAws();
    client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
    facts = await seedOrders(client, now);
  });
  afterAll(async () => {
    client.destroy();
    await aws[Symbol.asyncDispose]();
  });

  async function orderIds(
    query: Omit<QueryCommandInput, "TableName">,
    TableName = "orders",
  ): Promise<string[]> {
    const { Items = [] } = await client.send(new QueryCommand({ TableName, ...query }));
    return Items.map((item) => item["order_id"]?.S ?? "");
  }

  test("hold the stuck orders where an engineer would look for them", async () => {
    const before = new Date(now.getTime() - 10 * 60_000).toISOString().replace(".000Z", "Z");
    expect(
      await orderIds({
        IndexName: "gsi-status",
        KeyConditionExpression: "#s = :paid AND updated_at < :before",
        ExpressionAttributeNames: { "#s": "status" },
        ExpressionAttributeValues: { ":paid": { S: "PAID" }, ":before": { S: before } },
      }),
    ).toEqual(facts.stuck.orderIds);
  });

  test("hold all paid orders in the order that the facts tell", async () => {
    expect(
      await orderIds({
        IndexName: "gsi-status",
        KeyConditionExpression: "#s = :paid",
        ExpressionAttributeNames: { "#s": "status" },
        ExpressionAttributeValues: { ":paid": { S: "PAID" } },
      }),
    ).toEqual(facts.paidOrderIds);
    expect(facts.paidOrderIds).toHaveLength(facts.countByStatus.PAID);
  });

  test("hold the known customer's orders, newest first when read backwards", async () => {
    expect(
      await orderIds({
        IndexName: "gsi-customer",
        KeyConditionExpression: "customer_id = :id",
        ExpressionAttributeValues: { ":id": { S: facts.knownCustomer.customerId } },
        ScanIndexForward: false,
      }),
    ).toEqual(facts.knownCustomer.orderIds);
    expect(facts.knownCustomer.orderIds.length).toBeGreaterThan(3);
  });

  test("hold the poison order's retries", async () => {
    const ofPoison = {
      KeyConditionExpression: "order_id = :id",
      ExpressionAttributeValues: { ":id": { S: facts.poison.orderId } },
    };
    expect(await orderIds(ofPoison, "order_events")).toHaveLength(facts.poison.eventCount);
    const retries = {
      IndexName: "lsi-type",
      KeyConditionExpression: "order_id = :id AND event_type = :type",
      ExpressionAttributeValues: { ":id": { S: facts.poison.orderId }, ":type": { S: "retry_failed" } },
    };
    expect(await orderIds(retries, "order_events")).toHaveLength(facts.poison.attempt);
  });
});
