import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";

/** The port is free when it is chosen and may be taken when it is used. */
const attempts = 3;
const startDeadlineMs = 10_000;
const stopDeadlineMs = 5_000;

/** A Redis of our own as a child process: loopback, random port and password, nothing on disk. */
export async function startRedisServer(
  binary: string,
  path: string,
): Promise<AsyncDisposable & { url: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const password = randomBytes(18).toString("base64url");
    const child = spawnGuarded(binary, path, port, password);
    try {
      await ready(child);
    } catch (error) {
      await stop(child);
      if (attempt === attempts) throw error;
      continue;
    }
    return {
      url: `redis://:${password}@127.0.0.1:${port}`,
      [Symbol.asyncDispose]: () => stop(child),
    };
  }
}

/**
 * A shell between us and the server ends it when the pipe from us closes, which the kernel does however we
 * end: a crash leaves no orphan. Configuration goes by a pipe too, so that no process list shows the password.
 */
const guard = `
exec 3<&0
printf '%s\\n' "$SERVER_CONFIG" | "$SERVER_BINARY" - &
server=$!
( cat <&3 >/dev/null; kill "$server" ) 2>/dev/null &
wait "$server"
`;

function spawnGuarded(binary: string, path: string, port: number, password: string): ChildProcess {
  const config = [
    "bind 127.0.0.1",
    `port ${port}`,
    `requirepass ${password}`,
    'save ""',
    "appendonly no",
    "daemonize no",
    `dir "${tmpdir()}"`,
  ];
  return spawn("/bin/sh", ["-c", guard], {
    env: { PATH: path, SERVER_CONFIG: config.join("\n"), SERVER_BINARY: binary },
    stdio: ["pipe", "pipe", "inherit"],
    // Ctrl-C in a terminal must reach us first: we drain, then the server goes.
    detached: true,
  });
}

async function ready(child: ChildProcess): Promise<void> {
  if (!child.stdout) throw new Error("The server has no output to read.");
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const isReady = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => fail(`wasn't ready within ${startDeadlineMs} ms`), startDeadlineMs);
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`The Redis server ${what}:\n${lines.slice(-5).join("\n")}`));
    };
    reader.on("line", (line) => {
      lines.push(line);
      if (!line.includes("Ready to accept connections")) return;
      clearTimeout(timer);
      resolve();
    });
    child.once("error", (error) => fail(`didn't start (${error.message})`));
    child.once("exit", (code) => fail(`ended at once (${code})`));
  });
  try {
    await isReady;
  } finally {
    reader.close();
    // Its log is read on and dropped: a full pipe would stop the server.
    child.stdout.resume();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const { pid } = child;
  const ended = once(child, "exit");
  const timer = setTimeout(() => process.kill(-pid, "SIGKILL"), stopDeadlineMs);
  child.stdin?.end();
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
