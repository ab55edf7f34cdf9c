import { type BotProcess, startBot } from "./bot-process.ts";

/** The bot of a sandbox: one process at a time, which may be killed and started again. */
export type KeptBot = AsyncDisposable & {
  /** Of the process that runs, or of the last one. */
  readonly pid: number;
  lastLines(): string[];
  isRunning(): boolean;
  /** Reads its runbooks again. */
  reload(): void;
  /** Sets the clock of its host, also for the processes to come, so far ahead of this machine's. */
  setClock(aheadMs: number): void;
  /** SIGKILL: what it was doing stays as it is. */
  kill(): Promise<void>;
  /** Ends what runs, in order, and starts a fresh process. Resolves when that one is ready. */
  restart(): Promise<void>;
  /** Ends what runs, in order. */
  stop(): Promise<void>;
};

/** Resolves when the first process is ready. */
export async function keepBot(
  environment: Record<string, string>,
  options: Omit<Parameters<typeof startBot>[1], "aheadMs">,
): Promise<KeptBot> {
  let bot: BotProcess = await startBot(environment, options);
  let aheadMs = 0;
  // One start or stop after the other: two processes would fight for one port.
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn(act: () => Promise<void>): Promise<void> {
    const done = turn.then(act);
    turn = done.catch(() => undefined);
    return done;
  }

  return {
    get pid() {
      return bot.pid;
    },
    lastLines: () => bot.lastLines(),
    isRunning: () => bot.isRunning(),
    reload: () => bot.reload(),
    setClock(ms) {
      aheadMs = ms;
      if (bot.isRunning()) bot.setClock(ms);
    },
    kill: () => bot.kill(),
    restart: () =>
      inTurn(async () => {
        await bot[Symbol.asyncDispose]();
        bot = await startBot(environment, { ...options, aheadMs });
        // It may have been set again during the start.
        bot.setClock(aheadMs);
      }),
    stop: () => inTurn(async () => bot[Symbol.asyncDispose]()),
    [Symbol.asyncDispose]: () => inTurn(async () => bot[Symbol.asyncDispose]()),
  };
}
