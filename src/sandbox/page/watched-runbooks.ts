import { type FSWatcher, watch } from "node:fs";
import { tryJit } from "../bot-process.ts";
import type { RunbooksReport } from "./page-api.ts";

/** An editor writes a file in several steps. */
const settleMs = 200;

export type WatchedRunbooks = AsyncDisposable & { report: () => RunbooksReport };

/**
 * Lints a folder of runbooks now and after every change in it. A good set is loaded by `reload`; a bad one is
 * reported, and the bot keeps its last good set by itself.
 */
export function watchRunbooks(
  dir: string,
  options: { reload: () => void; onReport: () => void },
): WatchedRunbooks {
  let report: RunbooksReport = { dir, status: "checking", lines: [], checkedAt: undefined };
  let settling: NodeJS.Timeout | undefined;
  let checking: Promise<void> = Promise.resolve();

  async function check(isChange: boolean): Promise<void> {
    const { code, printed } = await tryJit(["lint", dir], {});
    report = {
      dir,
      status: code === 0 ? "good" : "bad",
      lines: printed.trim().split("\n"),
      checkedAt: new Date().toISOString(),
    };
    if (isChange && code === 0) options.reload();
    options.onReport();
  }
  const watcher: FSWatcher = watch(dir, { recursive: true }, () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      checking = checking.then(() => check(true));
    }, settleMs);
  });
  checking = check(false);

  return {
    report: () => report,
    async [Symbol.asyncDispose]() {
      watcher.close();
      clearTimeout(settling);
      await checking;
    },
  };
}
