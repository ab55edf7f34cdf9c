import type { JsonObject } from "../json.ts";

export type Delivery = {
  kind: "slash_commands" | "interactive" | "events_api";
  payload: JsonObject;
  /** Whether the app's acknowledgement may carry an answer. */
  acceptsResponse: boolean;
  /** Set on a repeated delivery. */
  retry?: { num: number; reason: string };
};

/** What came back within three seconds. `payload` is the answer in the acknowledgement, if any. */
export type Ack =
  | { status: "acked"; latencyMs: number; payload: JsonObject | undefined }
  /** The app took it and did not answer in time. */
  | { status: "timeout"; latencyMs: number }
  /** Nobody took it: no socket, no server, or an HTTP status other than 200. */
  | { status: "failed"; latencyMs: number; reason: string };

/** One way to reach the app. */
export interface Transport {
  send(delivery: Delivery, ackTimeoutMs: number): Promise<Ack>;
}
