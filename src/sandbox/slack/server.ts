import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SocketMode } from "./delivery/socket-mode.ts";
import { isObject, parseJson, type JsonObject } from "./json.ts";
import type { Peer } from "./peer.ts";
import { SlackError } from "./slack-error.ts";
import { answerCall } from "./web-api/answer-call.ts";
import { receiveUpload } from "./web-api/files.ts";

export type ServerOptions = {
  peer: Peer;
  socketMode: SocketMode | undefined;
  /** Answers everything under `/control/`. */
  control: (request: IncomingMessage, response: ServerResponse, body: Buffer) => Promise<void>;
  /** 0 for any free port. */
  port: number;
};

/** Arguments that the Web API takes as JSON inside a form. */
const jsonArguments = new Set(["blocks", "attachments", "metadata", "view", "files"]);
const maxBodyBytes = 20_000_000;

/** The one server of the workspace, on loopback: Web API, uploads, response URLs, sockets and control. */
export async function startServer(options: ServerOptions): Promise<{ port: number } & AsyncDisposable> {
  const { peer, socketMode } = options;
  const server = createServer((request, response) => {
    route(options, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { ok: false, error: "fatal_error", detail: String(error) });
    });
  });
  server.on("upgrade", (request, socket, head) => {
    if (!socketMode || peer.plan.isDown) socket.destroy();
    else socketMode.upgrade(request, socket, head);
  });
  const port = await listen(server, options.port);
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function route(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (pathname.startsWith("/control/")) return options.control(request, response, await readBody(request));
  if (options.peer.plan.isDown) {
    request.socket.destroy();
    return undefined;
  }
  const body = await readBody(request);
  const [, first, ...rest] = pathname.split("/");
  if (first === "api" && rest.length === 1)
    return webApi(options.peer, rest[0] ?? "", request, response, body);
  if (first === "response" && request.method === "POST")
    return responseUrl(options.peer, pathname, response, body);
  if (first === "upload" && rest.length === 3) {
    return upload(options.peer, rest[1] ?? "", rest[2] ?? "", request, response, body);
  }
  return send(response, 404, { ok: false, error: "not_found" });
}

async function webApi(
  peer: Peer,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const { token: bodyToken, ...args } = argumentsOf(request, body);
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const token = bearer ?? (typeof bodyToken === "string" ? bodyToken : undefined);
  const answer = await answerCall(peer, method, token, args);
  if (answer.reset) {
    request.socket.destroy();
    return;
  }
  send(response, answer.status, answer.body, answer.headers);
}

/** Form-encoded with JSON inside, as the SDK sends it, or JSON, or the query string of a GET. */
function argumentsOf(request: IncomingMessage, body: Buffer): JsonObject {
  const contentType = request.headers["content-type"] ?? "";
  if (contentType.startsWith("application/json")) {
    const parsed = parseJson(body.toString("utf8"));
    return isObject(parsed) ? parsed : {};
  }
  const query = new URL(request.url ?? "/", "http://127.0.0.1").searchParams;
  const form = new URLSearchParams(body.toString("utf8"));
  return Object.fromEntries(
    [...query, ...form].map(([name, value]) => [
      name,
      jsonArguments.has(name) ? (parseJson(value) ?? value) : value,
    ]),
  );
}

function responseUrl(peer: Peer, path: string, response: ServerResponse, body: Buffer): void {
  const parsed = parseJson(body.toString("utf8"));
  const [status, answer] = useResponseUrl(peer, path, isObject(parsed) ? parsed : {});
  peer.record.add({ kind: "response_url", body: isObject(parsed) ? parsed : {}, status, answer });
  response.writeHead(status, { "content-type": "text/plain" }).end(answer);
}

function useResponseUrl(peer: Peer, path: string, body: JsonObject): [status: number, answer: string] {
  try {
    peer.responseUrls.use(path, body);
    return [200, "ok"];
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const gone = ["used_url", "expired_url", "invalid_url"].includes(error.code);
    return [gone ? 404 : 400, JSON.stringify({ ok: false, error: error.code, ...error.details })];
  }
}

async function upload(
  peer: Peer,
  id: string,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  try {
    const text = receiveUpload(peer, id, token, await uploadedBytes(request, body));
    response.writeHead(200, { "content-type": "text/plain" }).end(text);
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    response.writeHead(404, { "content-type": "text/plain" }).end(error.code);
  }
}

/** The raw body, or the first file of a multipart form, as `filesUploadV2` sends it. */
async function uploadedBytes(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const contentType = request.headers["content-type"] ?? "";
  if (!contentType.startsWith("multipart/form-data")) return body;
  const form = await new Response(new Uint8Array(body), {
    headers: { "content-type": contentType },
  }).formData();
  const file = [...form.values()].find((value) => value instanceof Blob);
  return file ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0);
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

function send(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers })
    .end(JSON.stringify(body));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
