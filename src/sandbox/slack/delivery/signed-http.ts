import { createHmac } from "node:crypto";
import { request, type IncomingMessage } from "node:http";
import { isObject, parseJson, type JsonObject } from "../json.ts";
import type { Workspace } from "../workspace.ts";
import type { Ack, Delivery, Transport } from "./transport.ts";

type Answer = { status: number; contentType: string; body: string };

/** Slack's HTTP deliveries: one request URL, the body signed with the signing secret. */
export class SignedHttp implements Transport {
  readonly #signingSecret: string;
  readonly #workspace: Workspace;
  requestUrl: string | undefined;
  /** Added to the signed timestamp: what a stale or future-dated request looks like. */
  timestampSkewS = 0;

  constructor(workspace: Workspace, signingSecret: string, requestUrl: string | undefined) {
    this.#workspace = workspace;
    this.#signingSecret = signingSecret;
    this.requestUrl = requestUrl;
  }

  async send(delivery: Delivery, ackTimeoutMs: number): Promise<Ack> {
    const started = performance.now();
    const elapsed = () => Math.round(performance.now() - started);
    try {
      const retry: Record<string, string> = delivery.retry
        ? { "x-slack-retry-num": String(delivery.retry.num), "x-slack-retry-reason": delivery.retry.reason }
        : {};
      const answer = await this.#post(...encode(delivery), retry, ackTimeoutMs);
      if (answer.status !== 200) {
        return { status: "failed", latencyMs: elapsed(), reason: `http ${answer.status}` };
      }
      return { status: "acked", latencyMs: elapsed(), payload: answerPayload(answer) };
    } catch (error) {
      if (error instanceof AckTimeout) return { status: "timeout", latencyMs: elapsed() };
      return { status: "failed", latencyMs: elapsed(), reason: String(error) };
    }
  }

  /** What Slack does when a person saves a request URL: a signed challenge that must come back. */
  async verifyUrl(): Promise<boolean> {
    const challenge = this.#workspace.ids.random();
    const body = JSON.stringify({ type: "url_verification", token: "legacy", challenge });
    const answer = await this.#post(body, "application/json", {}, 3_000);
    const parsed = parseJson(answer.body);
    return (
      answer.status === 200 &&
      (answer.body === challenge || (isObject(parsed) && parsed["challenge"] === challenge))
    );
  }

  /** Slack's occasional certificate check: a form with `ssl_check=1`. Returns the HTTP status. */
  async sslCheck(): Promise<number> {
    const answer = await this.#post("ssl_check=1&token=legacy", formType, {}, 3_000);
    return answer.status;
  }

  #post(
    body: string,
    contentType: string,
    extra: Record<string, string>,
    timeoutMs: number,
  ): Promise<Answer> {
    const url = this.requestUrl;
    if (url === undefined) return Promise.reject(new Error("no request URL is set"));
    const timestamp = Math.floor(Date.now() / 1000) + this.timestampSkewS;
    return post(url, body, timeoutMs, {
      "content-type": contentType,
      "x-slack-request-timestamp": String(timestamp),
      "x-slack-signature": sign(this.#signingSecret, timestamp, body),
      "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
      ...extra,
    });
  }
}

/** `v0=` and the hex HMAC-SHA256 of `v0:<unix s>:<raw body>`. */
function sign(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

const formType = "application/x-www-form-urlencoded";

function encode(delivery: Delivery): [body: string, contentType: string] {
  switch (delivery.kind) {
    case "slash_commands":
      return [new URLSearchParams(delivery.payload as Record<string, string>).toString(), formType];
    case "interactive":
      return [new URLSearchParams({ payload: JSON.stringify(delivery.payload) }).toString(), formType];
    case "events_api":
      return [JSON.stringify(delivery.payload), "application/json"];
  }
}

class AckTimeout extends Error {}

function post(
  url: string,
  body: string,
  timeoutMs: number,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: "POST",
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        readText(response).then(
          (text) =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers["content-type"] ?? "",
              body: text,
            }),
          reject,
        );
      },
    );
    outgoing.on("error", (error) => reject(error.name === "AbortError" ? new AckTimeout() : error));
    outgoing.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function answerPayload(answer: Answer): JsonObject | undefined {
  if (answer.body === "") return undefined;
  const parsed = parseJson(answer.body);
  return isObject(parsed) ? parsed : { text: answer.body };
}
