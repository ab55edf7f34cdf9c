import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type RedisDoor = AsyncDisposable & {
  url: string;
  /** Throws out those inside and lets nobody in, until `open`. */
  shut(): void;
  open(): void;
  /** Every byte that anybody sent to Redis through it, as text. */
  saw(): string;
};

/** A way to a Redis that can be shut, and that remembers what went in. */
export async function redisDoor(target: string): Promise<RedisDoor> {
  const url = new URL(target);
  const { hostname, port } = url;
  const sockets = new Set<Socket>();
  const sent: Buffer[] = [];
  let isOpen = true;

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }

  const server = createServer((inner) => {
    if (!isOpen) {
      inner.destroy();
      return;
    }
    const outer = connect(Number(port || 6379), hostname);
    inner.on("data", (chunk: Buffer) => sent.push(chunk));
    join(inner, outer);
    join(outer, inner);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);

  const throwOut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.toString(),
    shut() {
      isOpen = false;
      throwOut();
    },
    open() {
      isOpen = true;
    },
    saw: () => Buffer.concat(sent).toString(),
    async [Symbol.asyncDispose]() {
      throwOut();
      await new Promise((done) => server.close(done));
    },
  };
}
