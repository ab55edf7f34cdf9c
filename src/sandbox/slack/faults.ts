import type { JsonObject } from "./json.ts";

export type ApiFault =
  | { kind: "rate-limit"; retryAfterS: number }
  /** Answers `{ok: false, error}` without doing anything. */
  | { kind: "error"; error: string }
  | { kind: "http"; status: number }
  /** Does what was asked, then cuts the connection instead of answering. */
  | { kind: "reset-after-accept" }
  | { kind: "latency"; ms: number };

type Planned = { method: string; fault: ApiFault; left: number };

/** What shall go wrong, and how often. A method of `*` means any. */
export class FaultPlan {
  readonly #planned: Planned[] = [];
  /** Every delivery waits this long before it leaves. */
  deliveryDelayMs = 0;
  /** Slack is unreachable: every connection of the app is cut. */
  isDown = false;
  /** How often further deliveries are sent once more, with the same payload. */
  #duplicates: { type: string; times: number }[] = [];

  /** @param times how many calls are hit; `Infinity` until cleared. */
  add(method: string, fault: ApiFault, times: number): void {
    this.#planned.push({ method, fault, left: times });
  }

  /** The faults that hit this call; each counts down. */
  take(method: string): ApiFault[] {
    const hits = this.#planned.filter(
      (plan) => plan.left > 0 && (plan.method === method || plan.method === "*"),
    );
    for (const hit of hits) hit.left -= 1;
    return hits.map((hit) => hit.fault);
  }

  duplicateNext(times: number, type: string): void {
    this.#duplicates.push({ type, times });
  }

  /** How many extra copies of this delivery are to be sent. */
  takeDuplicates(type: string): number {
    const index = this.#duplicates.findIndex((plan) => plan.type === type || plan.type === "*");
    return index < 0 ? 0 : (this.#duplicates.splice(index, 1)[0]?.times ?? 0);
  }

  clear(): void {
    this.#planned.length = 0;
    this.#duplicates = [];
    this.deliveryDelayMs = 0;
    this.isDown = false;
  }

  describe(): JsonObject {
    return {
      down: this.isDown,
      deliveryDelayMs: this.deliveryDelayMs,
      planned: this.#planned.filter((plan) => plan.left > 0),
      duplicates: this.#duplicates,
    };
  }
}
