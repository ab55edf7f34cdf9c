import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
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
  options: { reload: () => void; onReport: (report: RunbooksReport) => void },
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
    options.onReport(report);
  }
  const watchers = watchFolders(dir, () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      checking = checking.then(() => check(true));
    }, settleMs);
  });
  checking = check(false);

  return {
    report: () => report,
    async [Symbol.asyncDispose]() {
      watchers.close();
      clearTimeout(settling);
      await checking;
    },
  };
}

/**
 * The folder and the `sql` in it, each by itself: on Linux a recursive `fs.watch` follows the files that it found, and
 * loses a file that another one replaced by rename, as most editors save. `sql` may come and go.
 */
function watchFolders(dir: string, onChange: () => void): { close: () => void } {
  const queries = join(dir, "sql");
  let below: FSWatcher | undefined;
  const watchQueries = () => {
    below?.close();
    below = existsSync(queries) ? quietly(watch(queries, onChange)) : undefined;
  };
  const above = quietly(
    watch(dir, (_event, name) => {
      if (name === "sql") watchQueries();
      onChange();
    }),
  );
  watchQueries();
  return {
    close() {
      above.close();
      below?.close();
    },
  };
}

/** A folder that is taken away ends its watch; that it is gone, lint says. */
function quietly(watcher: FSWatcher): FSWatcher {
  return watcher.on("error", () => undefined);
}
