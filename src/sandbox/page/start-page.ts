import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { ZodError } from "zod";
import { CannotAct } from "../slack/slack-error.ts";
import type { Sandbox } from "../start-sandbox.ts";
import { type Door, refuseCaller, refuseHost } from "./admit.ts";
import { liveUpdates } from "./live-updates.ts";
import { pageFiles } from "./page-files.ts";
import type { RunbooksReport } from "./page-api.ts";
import { type PageAnswer, pageRoutes } from "./page-routes.ts";
import { queueReports } from "./queue-reports.ts";
import { requestReports } from "./request-reports.ts";
import { watchRunbooks } from "./watched-runbooks.ts";

const maxBodyBytes = 200_000;
const ownManifest = resolve(import.meta.dirname, "../../../manifest.yml");

/** Nothing from elsewhere, nothing inline, no frame around it, no text that becomes markup. */
const securityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
const everyAnswer = {
  "content-security-policy": securityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

export type Page = AsyncDisposable & {
  /** To open in a browser; holds the token of this start, behind the `#`, where no server and no log sees it. */
  url: string;
  /** Without the token. */
  origin: string;
  token: string;
};

/** The sandbox as a place: a page on loopback where a person is anybody of the workspace and sees behind it. */
export async function startPage(
  sandbox: Sandbox,
  options: {
    runbooksDir: string;
    port?: number;
    /** The app's manifest; the repository's own unless told otherwise. */
    manifest?: string;
    /** Of the folder as it is now, at the start and after each change. */
    onRunbooks?: (report: RunbooksReport) => void;
  },
): Promise<Page> {
  await using opening = new AsyncDisposableStack();
  const files = pageFiles();
  const live = opening.use(liveUpdates(sandbox));
  const queues = opening.use(
    queueReports(sandbox.redis.url, sandbox.environment["JIT_QUEUE_PREFIX"] ?? "jit"),
  );
  const requests = opening.use(requestReports(sandbox.aws));
  const runbooks = opening.use(
    watchRunbooks(options.runbooksDir, {
      reload: () => sandbox.bot.reload(),
      onReport: (report) => {
        live.tell("controls");
        options.onRunbooks?.(report);
      },
    }),
  );
  const routes = pageRoutes({
    sandbox,
    live,
    queues,
    requests,
    runbooks,
    manifest: options.manifest ?? ownManifest,
  });
  const door: Door = { port: 0, token: randomBytes(24).toString("base64url") };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(everyAnswer)) response.setHeader(name, value);
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const wrongHost = refuseHost(request.headers, door);
    if (wrongHost) return sendJson(response, { status: wrongHost.status, body: wrongHost });
    if (!url.pathname.startsWith("/api/")) {
      const file = request.method === "GET" ? files.get(url.pathname) : undefined;
      if (!file) return sendJson(response, { status: 404, body: { error: "there is no such page" } });
      response.writeHead(200, { "content-type": file.type }).end(file.content);
      return;
    }
    const refusal = refuseCaller(request.headers, door);
    if (refusal) return sendJson(response, { status: refusal.status, body: refusal });
    if (url.pathname === "/api/live") return live.stream(response);
    const body = await readBody(request);
    sendJson(response, await routes({ method: request.method ?? "", url, body }).catch(failed));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  opening.defer(
    () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  );
  await new Promise<void>((done, failedToListen) => {
    server.once("error", failedToListen);
    server.listen(options.port ?? 0, "127.0.0.1", done);
  });
  door.port = (server.address() as AddressInfo).port;
  const origin = `http://127.0.0.1:${door.port}`;
  const stack = opening.move();
  return {
    url: `${origin}/#token=${door.token}`,
    origin,
    token: door.token,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function failed(error: unknown): PageAnswer {
  if (error instanceof CannotAct) return { status: 409, body: { error: error.message } };
  if (error instanceof ZodError || error instanceof SyntaxError)
    return { status: 400, body: { error: error.message } };
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
}

function sendJson(response: ServerResponse, { status, body }: PageAnswer): void {
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, { "content-type": "application/octet-stream" }).end(body);
    return;
  }
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8" })
    .end(JSON.stringify(body ?? null));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBodyBytes) throw new Error("the body is too large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
