import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { AwsError } from "./aws-error.ts";
import { WaitedInVain } from "./call-log.ts";
import { controlRoutes, type ControlAnswer, type ControlDeps } from "./control-routes.ts";
import { listenOnLoopback } from "./listen.ts";
import { readBody } from "./read-body.ts";

/**
 * What a person or another process does to the local AWS from outside: look at calls, play faults, move the
 * clock, put items past IAM. On loopback and a port of its own, so that it works while AWS is "down"; every
 * request needs the per-start token, and the Host header must name this address (a web page can't send that).
 */
export async function startControlApi(
  deps: ControlDeps,
): Promise<AsyncDisposable & { url: string; token: string }> {
  const token = randomBytes(24).toString("base64url");
  const server = createServer((req, res) => {
    handle(req).then(
      (answer) => send(res, answer.status ?? 200, answer.body),
      (error: unknown) => send(res, ...errorAnswer(error)),
    );
  });
  const listening = await listenOnLoopback(server);

  async function handle(req: IncomingMessage): Promise<ControlAnswer> {
    if (!["127.0.0.1", "localhost"].some((host) => req.headers.host === `${host}:${listening.port}`)) {
      throw new ControlError(403, "The Host header doesn't name this server.");
    }
    if (!sameText(req.headers.authorization ?? "", `Bearer ${token}`)) {
      throw new ControlError(401, "Send 'Authorization: Bearer <control token>'.");
    }
    const url = new URL(req.url ?? "/", listening.url);
    const [, path = "", number] = /^(.*?)\/?(\d*)$/u.exec(url.pathname) ?? [];
    const route = controlRoutes[`${req.method} ${path}${number ? "/:id" : ""}`];
    if (!route) {
      throw new ControlError(404, `No such route; there are: ${Object.keys(controlRoutes).join(", ")}.`);
    }
    const body = req.method === "GET" ? undefined : parseJson(await readBody(req, maxBodyBytes));
    return route({ deps, id: Number(number), query: url.searchParams, body });
  }

  return { ...listening, token };
}

/** Room for a thousand items. */
const maxBodyBytes = 4_000_000;

class ControlError extends Error {
  override readonly name = "ControlError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function errorAnswer(error: unknown): [status: number, body: unknown] {
  if (error instanceof ControlError) return [error.status, { error: error.message }];
  if (error instanceof z.ZodError) return [400, { error: z.prettifyError(error) }];
  if (error instanceof AwsError) return [error.status, { error: `${error.code}: ${error.message}` }];
  if (error instanceof WaitedInVain) return [408, { error: error.message }];
  return [500, { error: error instanceof Error ? error.message : "unknown" }];
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ControlError(400, "The body isn't JSON.");
  }
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(`${JSON.stringify(body, undefined, 2)}\n`);
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
