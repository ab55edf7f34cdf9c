import { iso, type Order, type OrderBook } from "./order-book.ts";

export type OrderEvent = {
  order_id: string;
  /** ISO 8601, UTC, whole seconds; unique per order. */
  event_at: string;
  event_type: "created" | "paid" | "retry_failed" | "picked" | "shipped" | "delivered" | "cancelled";
  detail: string;
};

/** The steps of about 300 orders: every tenth and all stuck ones. */
export function orderEvents({ orders, stuck, poison }: OrderBook): OrderEvent[] {
  return orders
    .filter((order, index) => index % 10 === 0 || stuck.includes(order))
    .flatMap((order) => inTime(order, stepsOf(order, order === poison)));
}

type Step = Pick<OrderEvent, "event_type" | "detail">;

function stepsOf(order: Order, isPoison: boolean): Step[] {
  const created: Step = { event_type: "created", detail: `basket of ${order.total_cents} cents` };
  const paid: Step = { event_type: "paid", detail: "payment captured" };
  const retries = Array.from(
    { length: order.lock_owner && order.status === "PAID" ? order.attempt : 0 },
    (_, n) => ({
      event_type: "retry_failed" as const,
      detail: `attempt ${n + 1}: ${isPoison ? "address line 2 can't be read" : "worker timed out"}`,
    }),
  );
  const picked: Step = { event_type: "picked", detail: "all lines picked" };
  const shipped: Step = { event_type: "shipped", detail: "handed to the carrier" };
  switch (order.status) {
    case "PAYMENT_PENDING":
      return [created];
    case "PAID":
      return [created, paid, ...retries];
    case "PICKING":
      return [created, paid];
    case "SHIPPED":
      return [created, paid, picked, shipped];
    case "DELIVERED":
      return [created, paid, picked, shipped, { event_type: "delivered", detail: "signed for" }];
    case "CANCELLED":
      return [created, { event_type: "cancelled", detail: "by the customer" }];
  }
}

/** Spread between creation and last change, at least a second apart. */
function inTime(order: Order, steps: Step[]): OrderEvent[] {
  const from = Date.parse(order.created_at);
  const stepMs = Math.max(1000, (Date.parse(order.updated_at) - from) / steps.length);
  return steps.map((step, index) => ({
    order_id: order.order_id,
    event_at: iso(from + index * stepMs),
    ...step,
  }));
}
