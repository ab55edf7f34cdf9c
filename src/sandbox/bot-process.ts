import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../..");
/** Of a sandbox that was killed no bot is left behind. */
const endWithParent = new URL("./end-with-parent.ts", import.meta.url).href;
const hostClock = new URL("./host-clock.ts", import.meta.url).href;

export type BotProcess = AsyncDisposable & {
  pid: number;
  /** The last lines that it wrote, for when something is wrong. */
  lastLines(): string[];
  isRunning(): boolean;
  /** Reads its runbooks again. */
  reload(): void;
  /** Sets its host's clock so far ahead of this machine's. */
  setClock(aheadMs: number): void;
  /** Ends at once, in the middle of whatever it does: SIGKILL. */
  kill(): Promise<void>;
};

/**
 * Runs the bot as it ships, `node src/main.ts`, ended with us, told by its environment alone where Slack, AWS and Redis are.
 * Resolves when its health page says that it is ready.
 */
export async function startBot(
  env: Record<string, string>,
  options: {
    healthPort: number;
    /** How far its host's clock is ahead of this machine's. */
    aheadMs?: number;
    onLine?: (line: string) => void;
    deadlineMs?: number;
  },
): Promise<BotProcess> {
  const loadedFirst = [endWithParent, `${hostClock}?aheadMs=${options.aheadMs ?? 0}`];
  const imports = loadedFirst.flatMap((file) => ["--import", file]);
  const child = spawn(process.execPath, [...imports, "src/main.ts"], {
    cwd: root,
    // Nothing of the surrounding environment reaches it: not a proxy, not somebody's AWS profile.
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // Whoever sets the clock of a process that just ended has nobody to tell.
  child.stdin.on("error", () => undefined);
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      last.push(line);
      if (last.length > 50) last.shift();
      options.onLine?.(line);
    });
  }
  const bot: BotProcess = {
    pid: child.pid ?? 0,
    lastLines: () => [...last],
    isRunning: () => isRunning(child),
    reload: () => void child.kill("SIGHUP"),
    setClock: (aheadMs) => void child.stdin.write(`${aheadMs}\n`),
    async kill() {
      if (!isRunning(child)) return;
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
  try {
    await becomesReady(child, options.healthPort, options.deadlineMs ?? 30_000);
  } catch (error) {
    await stop(child);
    throw new Error(`The bot did not become ready:\n${last.join("\n")}`, { cause: error });
  }
  return bot;
}

/** Runs one `jit` command to its end and answers what it printed; throws when it fails. */
export async function runJit(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, printed } = await tryJit(args, env);
  if (code !== 0) throw new Error(`jit ${args.join(" ")} failed:\n${printed}`);
  return printed;
}

/** Runs one `jit` command to its end, whatever that is. `code` is null when a signal ended it. */
export async function tryJit(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; printed: string }> {
  const child = spawn(process.execPath, ["src/cli/jit.ts", ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, printed: Buffer.concat(chunks).toString("utf8") };
}

async function becomesReady(child: ChildProcess, port: number, deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    if (Date.now() > deadline) throw new Error(answer ? await answer.text() : "no answer from /readyz");
    await new Promise((done) => setTimeout(done, 50));
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const tooLong = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await closed;
  clearTimeout(tooLong);
}
