import { createServer } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";

/**
 * `GET /healthz`: the process lives. `GET /readyz`: 200 when every part is connected, else 503 with the parts
 * that are not. `GET /metrics`: the numbers, as text. Both are asked at each request.
 */
export async function startHealth(options: {
  host: string;
  port: number;
  missing: () => readonly string[];
  metrics: { type: string; text: () => Promise<string> };
}): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
    if (request.method !== "GET") return answer(405, { error: "only GET" });
    if (request.url === "/healthz") return answer(200, { status: "up" });
    if (request.url === "/metrics") {
      const { type, text } = options.metrics;
      return void text().then(
        (metrics) => response.writeHead(200, { "content-type": type }).end(metrics),
        () => answer(500, { error: "the metrics could not be read" }),
      );
    }
    if (request.url !== "/readyz") return answer(404, { error: "only /healthz, /readyz and /metrics" });
    const missing = options.missing();
    return missing.length === 0
      ? answer(200, { status: "ready" })
      : answer(503, { status: "waiting", missing });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where a health port that listens on this address is asked from its own host: what means every address is none to ask. */
export function healthUrl({ host, port }: { host: string; port: number }): string {
  const asked = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${isIPv6(asked) ? `[${asked}]` : asked}:${port}/healthz`;
}
