import { Worker } from "node:worker_threads";
import type { CheckedSql } from "./check-sql.ts";
import type { Guardrails } from "./guardrails.ts";
import { atStart, refusal } from "./refusal.ts";
import type { RefusalCode } from "./refusal.ts";

/** What the thread is sent; it answers with a `CheckedSql`, and with "ready" before the first. */
export type CheckJob = { text: string; guardrails: Guardrails; now: Date };

export type SqlChecker = AsyncDisposable & {
  /**
   * Like `checkSql`; refuses with `too-slow` over the deadline and `busy` when too many wait, of all or of those with
   * the same `key`: whose text it is. Never rejects.
   */
  check(text: string, guardrails: Guardrails, now: Date, key?: string): Promise<CheckedSql>;
};

export type SqlCheckerOptions = {
  /** Time for one text, not counting its wait nor the thread's start. */
  deadlineMs?: number;
  /** How many texts may wait while one is checked. */
  maxWaiting?: number;
};

/** Texts of one person that may be checked or wait, so that nobody's slow ones keep the others out. */
const maxOfOneKey = 2;

/**
 * Checks texts of strangers in a thread of its own, one at a time: a text that the parser would chew on for long is cut
 * off with its thread, while the bot goes on answering. The thread starts at once and again after a cut, so that nobody
 * waits for it with Slack's three seconds running.
 */
export function startSqlChecker({ deadlineMs = 2000, maxWaiting = 20 }: SqlCheckerOptions = {}): SqlChecker {
  let thread = startThread();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const ofKey = new Map<string, number>();
  let closed = false;

  const checkNow = async (job: CheckJob): Promise<CheckedSql> => {
    if (closed) return stopping();
    const current = thread;
    const answer = await answerOf(current, job, deadlineMs);
    if (answer) return answer;
    await stopThread(current);
    if (closed) return stopping();
    thread = startThread();
    return refused(
      "too-slow",
      `the text took longer than ${deadlineMs} ms, or too much memory, to check: write it more simply`,
    );
  };

  return {
    async check(text, guardrails, now, key) {
      const own = key === undefined ? 0 : (ofKey.get(key) ?? 0);
      if (own >= maxOfOneKey)
        return refused("busy", `${own} queries of yours are being checked: wait for their answer`);
      if (waiting > maxWaiting)
        return refused("busy", "too many queries are being checked: try again in a minute");
      waiting += 1;
      if (key !== undefined) ofKey.set(key, own + 1);
      const turn = last.then(() => checkNow({ text, guardrails, now }));
      last = turn.catch(() => undefined);
      return turn.finally(() => {
        waiting -= 1;
        if (key === undefined) return;
        const left = (ofKey.get(key) ?? 1) - 1;
        if (left > 0) ofKey.set(key, left);
        else ofKey.delete(key);
      });
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await stopThread(thread);
      await last;
    },
  };
}

/** Undefined when the thread gave no answer: too slow, out of memory, stopped. */
async function answerOf(
  thread: Promise<Worker>,
  job: CheckJob,
  deadlineMs: number,
): Promise<CheckedSql | undefined> {
  const worker = await thread.catch(() => undefined);
  if (!worker) return undefined;
  return new Promise((resolve) => {
    const settle = (result?: CheckedSql) => {
      clearTimeout(timer);
      worker.off("message", settle).off("error", fail).off("exit", fail);
      resolve(result);
    };
    const fail = () => settle();
    const timer = setTimeout(fail, deadlineMs);
    worker.on("message", settle).on("error", fail).on("exit", fail);
    worker.postMessage(job);
  });
}

/** Resolves when the grammar is loaded, so that a deadline measures the text alone. */
function startThread(): Promise<Worker> {
  // Nothing of the process reaches the thread: no flags of the test runner, no environment, bounded memory.
  const worker = new Worker(new URL("./check-worker-thread.ts", import.meta.url), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // Without a listener an error of the thread would be the process's; whoever waits sees "exit".
  worker.on("error", () => undefined);
  const ready = new Promise<Worker>((resolve, reject) => {
    worker.once("message", () => resolve(worker));
    worker.once("exit", (code) => reject(new Error(`the thread that checks SQL ended with ${code}`)));
  });
  // Nobody may be waiting yet; whoever comes gets no answer from it, and a new thread is started.
  ready.catch(() => undefined);
  return ready;
}

async function stopThread(thread: Promise<Worker>): Promise<void> {
  const worker = await thread.catch(() => undefined);
  await worker?.terminate();
}

function stopping(): CheckedSql {
  return refused("busy", "the bot is stopping: try again in a minute");
}

function refused(code: RefusalCode, message: string): CheckedSql {
  return { status: "refused", refusals: [refusal(code, message, atStart)] };
}
