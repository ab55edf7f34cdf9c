import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../workflow/ports.ts";

/** A route beside Slack's, e.g. `/healthz`; without any authentication. */
export type CustomRoute = {
  path: string;
  method: string;
  handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
};

export type FrontDoor = AsyncDisposable & {
  port: number;
  /** From now on Slack's requests go to Bolt's receiver; before it they are told to come again. */
  admit(receiver: RequestListener): void;
};

export const SLACK_PATH = "/slack/events";
/** Bolt refuses only what is too old; a request from the future would stay good until its time has come. */
const MAX_SKEW_S = 300;

/** The one HTTP server of the surface: health for the platform and, in HTTP mode, Slack's deliveries. Nothing else is answered. */
export async function openFrontDoor(options: {
  port: number;
  host?: string;
  routes: readonly CustomRoute[];
  clock: Clock;
}): Promise<FrontDoor> {
  let receiver: RequestListener | undefined;
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0];
    const route = options.routes.find((one) => one.path === path && one.method === request.method);
    if (route) return answerRoute(route, request, response);
    if (path !== SLACK_PATH || request.method !== "POST") return plainAnswer(response, 404);
    if (!receiver) return plainAnswer(response, 503);
    if (!isTimely(request, options.clock.now())) return plainAnswer(response, 401);
    return receiver(request, response);
  });
  await listening(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    admit: (listener) => {
      receiver = listener;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const stragglers = setTimeout(() => server.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(stragglers);
    },
  };
}

/** What carries no timestamp is left to Bolt, which refuses it unless it is Slack's TLS check. */
function isTimely(request: IncomingMessage, now: Date): boolean {
  const stamp = request.headers["x-slack-request-timestamp"];
  if (stamp === undefined) return true;
  if (typeof stamp !== "string" || !/^\d{1,12}$/.test(stamp)) return false;
  return Math.abs(now.getTime() / 1000 - Number(stamp)) <= MAX_SKEW_S;
}

function answerRoute(route: CustomRoute, request: IncomingMessage, response: ServerResponse): void {
  Promise.resolve()
    .then(() => route.handler(request, response))
    .catch(() => (response.headersSent ? response.destroy() : plainAnswer(response, 500)));
}

function plainAnswer(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: "close" }).end();
}

function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
