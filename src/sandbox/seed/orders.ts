import {
  BatchWriteItemCommand,
  CreateTableCommand,
  waitUntilTableExists,
  type AttributeValue,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { orderBook, type Order, type OrderStatus } from "./order-book.ts";
import { orderEvents } from "./order-events.ts";
import { orderEventsTable, ordersTable } from "./tables.ts";

/** What stands in the seeded tables, so that stories can assert exact numbers. */
export type OrdersFacts = {
  orderCount: number;
  eventCount: number;
  countByStatus: Record<OrderStatus, number>;
  /** An order with a note, delivered. */
  knownOrder: Order;
  /** The poison order's customer; their orders newest first, as `gsi-customer` read backwards gives them. */
  knownCustomer: { customerId: string; orderIds: string[] };
  /** Paid since `since`, not moved; oldest change first, as `gsi-status` gives them. */
  stuck: { orderIds: string[]; customerIds: string[]; since: Date };
  poison: { orderId: string; customerId: string; attempt: number; eventCount: number };
  /** All orders in PAID: the stuck ones first, then those that moved within 10 minutes. */
  paidOrderIds: string[];
};

/**
 * Creates `orders` and `order_events` and fills them as of `now`, over the wire. Needs an identity that may
 * create and write; takes about a second on the local AWS.
 */
export async function seedOrders(client: DynamoDBClient, now: Date): Promise<OrdersFacts> {
  const book = orderBook(now);
  const events = orderEvents(book);
  for (const table of [ordersTable, orderEventsTable]) await createTable(client, table);
  await writeAll(client, "orders", book.orders);
  await writeAll(client, "order_events", events);

  const { orders, stuck, stuckSince, poison } = book;
  const knownOrder = orders.find((order) => order.status === "DELIVERED" && order.note !== undefined);
  if (!knownOrder) throw new Error("The order book has no delivered order with a note.");
  return {
    orderCount: orders.length,
    eventCount: events.length,
    countByStatus: countByStatus(orders),
    knownOrder,
    knownCustomer: {
      customerId: poison.customer_id,
      orderIds: orders
        .filter((order) => order.customer_id === poison.customer_id)
        .sort(by("created_at"))
        .toReversed()
        .map((order) => order.order_id),
    },
    stuck: {
      orderIds: stuck.map((order) => order.order_id),
      customerIds: [...new Set(stuck.map((order) => order.customer_id))],
      since: stuckSince,
    },
    poison: {
      orderId: poison.order_id,
      customerId: poison.customer_id,
      attempt: poison.attempt,
      eventCount: events.filter((event) => event.order_id === poison.order_id).length,
    },
    paidOrderIds: orders
      .filter((order) => order.status === "PAID")
      .sort(by("updated_at"))
      .map((order) => order.order_id),
  };
}

async function createTable(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(table));
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: table.TableName });
}

/** DynamoDB takes 25 items per BatchWriteItem; a few batches at a time keep both cores busy. */
async function writeAll(client: DynamoDBClient, table: string, records: readonly object[]): Promise<void> {
  const batches: WriteRequest[][] = [];
  for (let start = 0; start < records.length; start += 25) {
    batches.push(
      records.slice(start, start + 25).map((record) => ({ PutRequest: { Item: toItem(record) } })),
    );
  }
  const writers = Array.from({ length: 4 }, async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) await write(client, table, batch);
  });
  await Promise.all(writers);
}

async function write(client: DynamoDBClient, table: string, batch: WriteRequest[]): Promise<void> {
  let open: WriteRequest[] = batch;
  while (open.length > 0) {
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: open } }),
    );
    open = UnprocessedItems?.[table] ?? [];
  }
}

function toItem(record: object): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === "number" ? { N: String(value) } : { S: String(value) },
    ]),
  );
}

function countByStatus(orders: readonly Order[]): Record<OrderStatus, number> {
  const counts = { PAYMENT_PENDING: 0, PAID: 0, PICKING: 0, SHIPPED: 0, DELIVERED: 0, CANCELLED: 0 };
  for (const order of orders) counts[order.status] += 1;
  return counts;
}

/** Index order: by the sort key, then by the order's id. */
function by(field: "created_at" | "updated_at") {
  return (left: Order, right: Order) => {
    const [a, b] = [left, right].map((order) => `${order[field]} ${order.order_id}`);
    return (a ?? "") < (b ?? "") ? -1 : 1;
  };
}
