import { seededRandom, type Random } from "./random.ts";

export type OrderStatus = "PAYMENT_PENDING" | "PAID" | "PICKING" | "SHIPPED" | "DELIVERED" | "CANCELLED";

export type Order = {
  order_id: string;
  customer_id: string;
  status: OrderStatus;
  /** ISO 8601, UTC, whole seconds. */
  created_at: string;
  updated_at: string;
  attempt: number;
  total_cents: number;
  country: string;
  /** Personal data. */
  email: string;
  /** What customers and clerks typed: formulas, markup and any script. */
  note?: string;
  lock_owner?: string;
  lock_expires_at?: string;
};

/** The order book with its planted incident. */
export type OrderBook = {
  orders: readonly Order[];
  /** In PAID since `stuckSince` and later, three attempts and more; all other PAID orders moved within 10 minutes. */
  stuck: readonly Order[];
  stuckSince: Date;
  /** The stuck order that all workers fail on. */
  poison: Order;
};

const minute = 60_000;
const day = 24 * 60 * minute;
const orderCount = 3000;
const stuckForMs = 40 * minute;
const stuckCount = 12;
/** Twelve stuck orders of nine customers: three of them have two. */
const stuckCustomers = [
  "C-1042",
  "C-1187",
  "C-1011",
  "C-1042",
  "C-1250",
  "C-1187",
  "C-1305",
  "C-1063",
  "C-1011",
  "C-1398",
  "C-1129",
  "C-1216",
];

/**
 * 3,000 orders of the two weeks before `now`, most of them recent, with an incident: about 40 minutes ago the
 * workers stopped moving some paid orders. The same `now` gives the same book, to the byte.
 */
export function orderBook(now: Date): OrderBook {
  const random = seededRandom(4211);
  const orders = Array.from({ length: orderCount }, (_, index) => usualOrder(index, now, random));
  const stuckSince = atSecond(now.getTime() - stuckForMs);
  const first = orders.findIndex(
    (order) => Date.parse(order.created_at) > stuckSince.getTime() - 15 * minute,
  );
  const stuck = stuckCustomers.map((customer, place) => {
    const index = first + place * 2;
    const order = stuckOrder(orders[index], customer, place, stuckSince);
    orders[index] = order;
    return order;
  });
  const [poison] = stuck;
  if (!poison || stuck.length !== stuckCount) throw new Error("The incident could not be planted.");
  return { orders, stuck, stuckSince, poison };
}

export function iso(time: Date | number): string {
  return atSecond(time).toISOString().replace(".000Z", "Z");
}

function atSecond(time: Date | number): Date {
  return new Date(Math.floor(Number(time) / 1000) * 1000);
}

/**
 * Cubed, so that orders get denser towards now: about one in eight is younger than the incident. At least two
 * seconds apart, so that no two share a sort key in `gsi-customer`, nor two PAID ones in `gsi-status`.
 */
function usualOrder(index: number, now: Date, random: Random): Order {
  const ageMs = minute + (orderCount - index) * 2000 + 14 * day * (1 - index / orderCount) ** 3;
  const status = usualStatus(ageMs, random);
  const customer = `C-${random.between(1000, 1399)}`;
  const updatedAgeMs =
    status === "PAID" ? ageMs * 0.6 : Math.max(0, ageMs - random.next() * Math.min(ageMs, 3 * day));
  const note = random.next() < 0.6 ? random.pick(notes) : undefined;
  const locked = status === "PICKING" && random.next() < 0.1;
  return {
    order_id: orderId(index),
    customer_id: customer,
    status,
    created_at: iso(now.getTime() - ageMs),
    updated_at: iso(now.getTime() - updatedAgeMs),
    attempt: random.next() < 0.95 ? 1 : 2,
    total_cents: random.between(499, 89_900),
    country: random.pick(["DE", "FR", "NL", "IE", "ES", "PL", "SE"]),
    email: emailOf(customer),
    ...(note !== undefined && { note }),
    ...(locked && {
      lock_owner: `picker-${random.between(1, 9)}`,
      lock_expires_at: iso(now.getTime() + 5 * minute),
    }),
  };
}

function usualStatus(ageMs: number, random: Random): OrderStatus {
  const chance = random.next();
  if (ageMs < 15 * minute) {
    return chance < 0.45
      ? "PAYMENT_PENDING"
      : chance < 0.7
        ? "PAID"
        : chance < 0.95
          ? "PICKING"
          : "CANCELLED";
  }
  if (ageMs < day) {
    return chance < 0.3 ? "PICKING" : chance < 0.85 ? "SHIPPED" : chance < 0.9 ? "DELIVERED" : "CANCELLED";
  }
  return chance < 0.85 ? "DELIVERED" : chance < 0.94 ? "CANCELLED" : "SHIPPED";
}

/** Paid in turn, a little over a minute apart; locked by a worker whose lock ran out long ago. */
function stuckOrder(order: Order | undefined, customer: string, place: number, since: Date): Order {
  if (!order) throw new Error("The incident could not be planted.");
  const paidAt = since.getTime() + place * 75_000;
  return {
    ...order,
    customer_id: customer,
    email: emailOf(customer),
    status: "PAID",
    updated_at: iso(paidAt),
    attempt: place === 0 ? 19 : 3 + (place % 3),
    note: place === 0 ? '=HYPERLINK("https://example.com","address line 2") \u202e' : "waiting since payment",
    lock_owner: "fulfilment-worker-3",
    lock_expires_at: iso(paidAt + 5 * minute),
  };
}

function orderId(index: number): string {
  return `O-${String(index + 1).padStart(8, "0")}`;
}

function emailOf(customer: string): string {
  return `customer-${customer.slice(2)}@example.com`;
}

const notes = [
  "Leave with the neighbour",
  "Gift, no invoice in the parcel",
  "=1+1",
  "+49 30 555 01 call before delivery",
  "-5% voucher promised by support",
  "@reception, ground floor",
  "Grüße an die Küche 🎂",
  "日本語の住所ラベル",
  "مرحبا، اتركها عند الباب",
  "<!channel> *urgent* `now`",
  'a|b,c;"d"\nsecond line',
  "second attempt, door code ${door}",
] as const satisfies [string, ...string[]];
