import { randomInt, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { isObject, parseJson, textOf, type JsonObject } from "../json.ts";
import type { PeerRecord } from "../record.ts";
import type { Workspace } from "../workspace.ts";
import type { Ack, Delivery, Transport } from "./transport.ts";

const maxConnections = 10;
const ticketLifeMs = 30_000;
const pingEveryMs = 5_000;
/** How long a connection that was told to go may stay. */
const refreshGraceMs = 10_000;

type Waiting = { socket: WebSocket; settle: (ack: Ack) => void };

/** Socket Mode's far end: hands every payload to one random connection and waits for its acknowledgement. */
export class SocketMode implements Transport, AsyncDisposable {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #live = new Set<WebSocket>();
  readonly #tickets = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #graceTimers = new Set<NodeJS.Timeout>();
  readonly #pings: NodeJS.Timeout;
  readonly #workspace: Workspace;
  readonly #record: PeerRecord;

  constructor(workspace: Workspace, record: PeerRecord) {
    this.#workspace = workspace;
    this.#record = record;
    this.#pings = setInterval(() => {
      for (const socket of this.#server.clients) socket.ping("Ping from the local Slack");
    }, pingEveryMs);
  }

  /** How many connections would be given a payload now. */
  get connections(): number {
    return this.#live.size;
  }

  /** A URL for `apps.connections.open`: good for one connection. */
  issueUrl(): string {
    const ticket = randomUUID();
    this.#tickets.set(ticket, Date.now() + ticketLifeMs);
    return `${this.#workspace.baseUrl.replace(/^http/, "ws")}/link/?ticket=${ticket}&app_id=${this.#workspace.app.appId}`;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? "", this.#workspace.baseUrl).searchParams.get("ticket") ?? "";
    const validUntil = this.#tickets.get(ticket) ?? 0;
    this.#tickets.delete(ticket);
    if (validUntil < Date.now()) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (connected) => this.#welcome(connected));
  }

  send(delivery: Delivery, ackTimeoutMs: number): Promise<Ack> {
    const sockets = [...this.#live];
    const socket = sockets[sockets.length > 0 ? randomInt(sockets.length) : 0];
    if (!socket) return Promise.resolve({ status: "failed", latencyMs: 0, reason: "no connection" });
    const envelopeId = randomUUID();
    const started = performance.now();
    const elapsed = () => Math.round(performance.now() - started);
    return new Promise((resolve) => {
      const settle = (ack: Ack) => {
        clearTimeout(timer);
        this.#waiting.delete(envelopeId);
        resolve({ ...ack, latencyMs: elapsed() });
      };
      const timer = setTimeout(() => settle({ status: "timeout", latencyMs: 0 }), ackTimeoutMs);
      this.#waiting.set(envelopeId, { socket, settle });
      socket.send(JSON.stringify(envelope(envelopeId, delivery)));
    });
  }

  /** Asks connections to go and come back, as Slack does every hour or so. They get no more payloads. */
  requestDisconnect(reason: "refresh_requested" | "warning" | "link_disabled" = "refresh_requested"): void {
    for (const socket of this.#live) {
      socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: debugInfo }));
      if (reason === "warning") continue;
      this.#live.delete(socket);
      this.#terminateLater(socket);
    }
    this.#workspace.changes.notify();
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pings);
    this.cut();
    for (const timer of this.#graceTimers) clearTimeout(timer);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #welcome(socket: WebSocket): void {
    socket.on("error", () => socket.terminate());
    if (this.#live.size >= maxConnections) {
      this.#record.add({ kind: "socket", what: "refused", connections: this.#live.size });
      socket.send(
        JSON.stringify({ type: "disconnect", reason: "too_many_websockets", debug_info: debugInfo }),
      );
      socket.close();
      return;
    }
    socket.on("message", (data, isBinary) => {
      if (!isBinary) this.#receive(rawText(data));
    });
    socket.on("close", () => this.#forget(socket));
    this.#live.add(socket);
    socket.send(
      JSON.stringify({
        type: "hello",
        num_connections: this.#live.size,
        debug_info: { ...debugInfo, build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: this.#workspace.app.appId },
      }),
    );
    this.#record.add({ kind: "socket", what: "open", connections: this.#live.size });
  }

  #receive(frame: string): void {
    const ack = parseJson(frame);
    if (!isObject(ack)) return;
    const waiting = this.#waiting.get(textOf(ack["envelope_id"]));
    waiting?.settle({ status: "acked", latencyMs: 0, payload: answerOf(ack["payload"]) });
  }

  #forget(socket: WebSocket): void {
    this.#live.delete(socket);
    for (const waiting of this.#waiting.values()) {
      if (waiting.socket === socket) {
        waiting.settle({
          status: "failed",
          latencyMs: 0,
          reason: "connection closed before the acknowledgement",
        });
      }
    }
    this.#record.add({ kind: "socket", what: "closed", connections: this.#live.size });
  }

  #terminateLater(socket: WebSocket): void {
    const timer = setTimeout(() => {
      this.#graceTimers.delete(timer);
      socket.terminate();
    }, refreshGraceMs);
    this.#graceTimers.add(timer);
    socket.once("close", () => {
      clearTimeout(timer);
      this.#graceTimers.delete(timer);
    });
  }
}

const debugInfo = { host: "applink-local" };

function envelope(envelopeId: string, delivery: Delivery): JsonObject {
  return {
    envelope_id: envelopeId,
    type: delivery.kind,
    accepts_response_payload: delivery.acceptsResponse,
    ...(delivery.kind === "events_api"
      ? { retry_attempt: delivery.retry?.num ?? 0, retry_reason: delivery.retry?.reason ?? "" }
      : {}),
    payload: delivery.payload,
  };
}

/** An empty payload is a plain acknowledgement. */
function answerOf(payload: unknown): JsonObject | undefined {
  return isObject(payload) && Object.keys(payload).length > 0 ? payload : undefined;
}

function rawText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.from(data as ArrayBuffer).toString("utf8");
}
