import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A server that speaks as much of Redis's protocol as it takes to say what it is told to say of itself. */
export async function toldRedis(told: {
  info: readonly string[];
  /** The `save` setting; `refused` as managed servers do. */
  save: string;
}): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((socket) => {
    let waiting = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      const { commands, rest } = read(waiting + chunk.toString("utf8"));
      waiting = rest;
      for (const [name = ""] of commands) socket.write(answer(name.toUpperCase(), told));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

function answer(command: string, { info, save }: { info: readonly string[]; save: string }): string {
  if (command === "INFO") return bulk(["# Server", "redis_version:7.4.0", ...info].join("\r\n"));
  if (command !== "CONFIG") return "+OK\r\n";
  return save === "refused" ? "-ERR unknown command 'config'\r\n" : `*2\r\n${bulk("save")}${bulk(save)}`;
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

/** Commands come as arrays of bulk strings; ASCII only, so characters are bytes. */
function read(text: string): { commands: string[][]; rest: string } {
  const commands: string[][] = [];
  let rest = text;
  for (;;) {
    const [, count] = /^\*(\d+)\r\n/.exec(rest) ?? [];
    if (count === undefined) return { commands, rest };
    const words: string[] = [];
    let at = rest.indexOf("\r\n") + 2;
    for (let word = 0; word < Number(count); word++) {
      const [head, length] = /^\$(\d+)\r\n/.exec(rest.slice(at)) ?? [];
      if (head === undefined) return { commands, rest };
      const start = at + head.length;
      if (rest.length < start + Number(length) + 2) return { commands, rest };
      words.push(rest.slice(start, start + Number(length)));
      at = start + Number(length) + 2;
    }
    commands.push(words);
    rest = rest.slice(at);
  }
}
