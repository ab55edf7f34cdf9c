import { createRedisServer } from "js-redis-server";

/** A Redis inside this process (js-redis-server), on loopback and a random port. */
export async function startEmbeddedRedis(): Promise<AsyncDisposable & { url: string }> {
  const server = await createRedisServer({
    // Its type says number, but it goes to `net.Server.listen` as it is; a number alone would listen on all interfaces.
    port: { port: 0, host: "127.0.0.1" } as unknown as number,
  });
  return {
    url: `redis://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
