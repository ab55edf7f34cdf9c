import type { FaultPlan } from "../faults.ts";
import { objectOf, textOf } from "../json.ts";
import type { PeerRecord } from "../record.ts";
import type { Ack, Delivery, Transport } from "./transport.ts";

export type DeliverOptions = {
  /** Slack gives an app three seconds. */
  ackTimeoutMs: number;
  /** Waits before the second, third and fourth delivery of an event nobody acknowledged. */
  eventRetryDelaysMs: readonly number[];
};

/** Sends payloads to the app and records what came back; repeats events that were not acknowledged. */
export class Deliveries implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #plan: FaultPlan;
  readonly #record: PeerRecord;
  readonly #options: DeliverOptions;
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<unknown>>();

  constructor(transport: Transport, plan: FaultPlan, record: PeerRecord, options: DeliverOptions) {
    this.#transport = transport;
    this.#plan = plan;
    this.#record = record;
    this.#options = options;
  }

  /** Delivers once, and once more for every duplicate that was asked for; answers with the first acknowledgement. */
  async deliver(delivery: Delivery): Promise<Ack> {
    const type = deliveryType(delivery);
    const extra = this.#plan.takeDuplicates(type);
    const sends = Array.from({ length: extra + 1 }, (_, copy) =>
      this.#send(
        copy === 0 ? delivery : { ...delivery, retry: { num: copy, reason: "http_timeout" } },
        type,
        copy,
      ),
    );
    const [first] = await Promise.all(sends);
    if (!first) throw new Error("nothing was sent");
    return first;
  }

  /** Delivers an event. Repeats go on in the background until one is acknowledged. */
  async deliverEvent(payload: Delivery["payload"]): Promise<Ack> {
    const delivery: Delivery = { kind: "events_api", payload, acceptsResponse: false };
    const first = await this.deliver(delivery);
    if (first.status !== "acked") this.#inBackground(this.#repeat(delivery, first));
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#background);
  }

  async #repeat(delivery: Delivery, first: Ack): Promise<void> {
    let last = first;
    for (const [index, delayMs] of this.#options.eventRetryDelaysMs.entries()) {
      if (!(await sleep(delayMs, this.#stop.signal))) return;
      const reason = last.status === "timeout" ? "http_timeout" : "http_error";
      last = await this.#send(
        { ...delivery, retry: { num: index + 1, reason } },
        deliveryType(delivery),
        index + 1,
      );
      if (last.status === "acked") return;
    }
  }

  async #send(delivery: Delivery, type: string, attempt: number): Promise<Ack> {
    if (this.#plan.deliveryDelayMs > 0) await sleep(this.#plan.deliveryDelayMs, this.#stop.signal);
    const ack: Ack = this.#plan.isDown
      ? { status: "failed", latencyMs: 0, reason: "Slack is down" }
      : await this.#transport.send(delivery, this.#options.ackTimeoutMs);
    this.#record.add({ kind: "delivery", type, payload: delivery.payload, attempt, ack });
    return ack;
  }

  #inBackground(work: Promise<unknown>): void {
    this.#background.add(work);
    void work.finally(() => this.#background.delete(work));
  }
}

/** `slash_commands`, the type of an interaction, or the type of an event. */
function deliveryType(delivery: Delivery): string {
  switch (delivery.kind) {
    case "slash_commands":
      return "slash_commands";
    case "interactive":
      return textOf(delivery.payload["type"]);
    case "events_api":
      return textOf(objectOf(delivery.payload["event"])["type"]);
  }
}

/** False when stopped before the time was over. */
function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const end = (slept: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve(slept);
    };
    const stop = () => end(false);
    const timer = setTimeout(() => end(true), ms);
    signal.addEventListener("abort", stop);
  });
}
