import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { atTheDoor, type Speaker } from "./door.ts";
import type { FaultPlan } from "./fault-plan.ts";

export type RedisDoor = AsyncDisposable & {
  url: string;
  cut(): void;
  /** Whether a hold in Redis is of this replica's: the uuid in its value was said here. */
  isHolder(value: string): boolean;
};

/** One replica's way to Redis. A message is what it writes at once: a command, or some of them in one pipeline. */
export async function redisDoor(options: {
  target: string;
  plan: FaultPlan;
  speaker: Speaker;
  isDown: () => boolean;
}): Promise<RedisDoor> {
  const { plan, speaker, isDown } = options;
  const said = new Set<string>();
  const url = new URL(options.target);
  const { hostname, port } = url;
  const sockets = new Set<Socket>();

  const server = createServer((inner) => {
    if (isDown() || speaker.isDead()) return void inner.destroy();
    const outer = connect(Number(port || 6379), hostname);
    let deaf: (() => void) | undefined;
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    let saying: Promise<void> = Promise.resolve();
    inner.on("data", (chunk: Buffer) => {
      saying = saying.then(() => say(chunk)).catch(() => void inner.destroy());
    });
    const say = async (chunk: Buffer) => {
      // A worker that waits for a job says so all the time: only what it does then counts.
      const kind = /bzpopmin/i.test(chunk.subarray(0, 60).toString("latin1")) ? "redis:wait" : "redis:write";
      for (const [uuid] of chunk.toString("latin1").matchAll(uuids)) said.add(uuid);
      const { passage, afterwards } = await atTheDoor(plan, kind, speaker);
      if (!passage.to || passage.instead) {
        afterwards();
        return void inner.destroy();
      }
      if (!passage.back)
        deaf = () => {
          afterwards();
          inner.destroy();
        };
      outer.write(chunk);
    };
    outer.on("data", (chunk: Buffer) => {
      if (deaf) deaf();
      else if (!speaker.isDead()) inner.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.toString(),
    cut,
    isHolder: (value) => [...value.matchAll(uuids)].some(([uuid]) => said.has(uuid)),
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((done) => server.close(done));
    },
  };
}

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
