import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts a server on loopback and a random port; its end drops every connection, also those that wait. */
export async function listenOnLoopback(
  server: Server,
): Promise<AsyncDisposable & { port: number; url: string }> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
