import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that Linux, macOS and Windows hand out by themselves: nobody gets one of them by chance. */
const from = 20_000;
const to = 32_000;

/** A port of 127.0.0.1 that nobody listens on now, for a process that is told where to listen some seconds later. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = from + Math.floor(Math.random() * (to - from));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
