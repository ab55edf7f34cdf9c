import { delimiter, join } from "node:path";
import { access, constants } from "node:fs/promises";
import { startEmbeddedRedis } from "./redis/embedded.ts";
import { startRedisServer } from "./redis/server-process.ts";

export type RedisKind = "given" | "valkey-server" | "redis-server" | "embedded";

export type RedisPeer = AsyncDisposable & {
  /** May hold a password; don't log it, log `describe`. */
  url: string;
  kind: RedisKind;
  /** For a person: which one is used and what that means. */
  describe: string;
};

export type RedisOptions = {
  /** `REDIS_URL` of the environment, where there is one; taken as it is. */
  url?: string | undefined;
  /** Takes this rung or fails, for tests. */
  only?: RedisKind;
  /** `PATH` of the environment, where servers are looked for; without it only the other rungs are left. */
  path?: string | undefined;
};

/**
 * A Redis for the sandbox, the best this machine has: the one given, else a private `valkey-server` or
 * `redis-server` of our own (no persistence, ends with us), else one written in JavaScript inside this
 * process. The last one speaks the protocol but is 20 to 50 times slower.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisPeer> {
  const rungs: RedisKind[] = options.only
    ? [options.only]
    : ["given", "valkey-server", "redis-server", "embedded"];
  for (const rung of rungs) {
    const found = await tryRung(rung, options);
    if (found) return found;
  }
  throw new Error(`There is no Redis of kind ${rungs.join(", ")} here.`);
}

async function tryRung(kind: RedisKind, { url, path = "" }: RedisOptions): Promise<RedisPeer | undefined> {
  switch (kind) {
    case "given":
      if (!url) return undefined;
      return {
        url,
        kind,
        describe: "the Redis of REDIS_URL",
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    case "valkey-server":
    case "redis-server": {
      const binary = await findBinary(kind, path);
      if (binary === undefined) return undefined;
      const server = await startRedisServer(binary, path);
      return peer(kind, server, `a private ${kind} (${binary}) that ends with the sandbox`);
    }
    case "embedded":
      return peer(
        kind,
        await startEmbeddedRedis(),
        "an embedded Redis written in JavaScript: good for a look, slower than a real one (no redis-server on PATH)",
      );
  }
}

function peer(kind: RedisKind, server: AsyncDisposable & { url: string }, describe: string): RedisPeer {
  return { url: server.url, kind, describe, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function findBinary(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, name);
    const runs = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return file;
  }
  return undefined;
}
