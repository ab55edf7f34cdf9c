import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as send,
  type Server,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";

export type Incoming = { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer };
export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

export async function readAll(request: IncomingMessage): Promise<Incoming> {
  return {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: request.headers,
    body: await bytesOf(request),
  };
}

/** Gives the message to the peer as it came, its `Host` included: a signature covers it. Nothing when the peer cut it. */
export function passOn(
  target: string,
  { method, path, headers, body }: Incoming,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const outgoing = send(new URL(path, target), { method, headers, agent }, (response) => {
      bytesOf(response).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes }),
        () => resolve(undefined),
      );
    });
    outgoing.on("error", () => resolve(undefined));
    outgoing.end(body);
  });
}

/** On loopback and any free port. `cut` throws out everybody who is inside. */
export async function listen(server: Server): Promise<AsyncDisposable & { url: string; cut(): void }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Shorter than any peer keeps a silent connection: nothing is said into one that its peer just ended. */
const KEPT_MS = 2_000;
const agent = new Agent({ keepAlive: true, timeout: KEPT_MS });

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
