import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Order, Report } from "./lane-process.ts";

/** A lane keeps every message and call in memory: after so many stories a fresh one takes its place. */
const STORIES_PER_LANE = 60;

/** Nearly all that a story makes is rubbish within a second: with room for it, a lane spends a tenth less on collecting it. */
const LANE_ARGS = ["--max-semi-space-size=64"];

/** Plays the stories in lanes of their own processes, each taking the next one as soon as it is free. */
export async function playAll(
  orders: readonly Order[],
  options: { lanes: number; onReport?: (report: Report) => void },
): Promise<Report[]> {
  const left = [...orders];
  const reports: Report[] = [];
  const work = async () => {
    while (left.length > 0) {
      const lane = await startLane();
      try {
        for (let played = 0; played < STORIES_PER_LANE; played++) {
          const order = left.shift();
          if (!order) break;
          const report = await tell(lane, order);
          reports.push(report);
          options.onReport?.(report);
        }
      } finally {
        await stopLane(lane);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.lanes, orders.length) }, work));
  return reports;
}

async function startLane(): Promise<ChildProcess> {
  const lane = fork(join(import.meta.dirname, "lane-process.ts"), {
    execArgv: [...process.execArgv, ...LANE_ARGS],
  });
  await answerOf(lane, () => undefined);
  return lane;
}

function tell(lane: ChildProcess, order: Order): Promise<Report> {
  return answerOf(lane, () => lane.send(order)) as Promise<Report>;
}

async function answerOf(lane: ChildProcess, ask: () => unknown): Promise<unknown> {
  const gone = new AbortController();
  const onExit = (code: number | null) => gone.abort(new Error(`A lane ended by itself with ${code}`));
  lane.once("exit", onExit);
  try {
    const answer = once(lane, "message", { signal: gone.signal });
    ask();
    const [message] = (await answer) as [unknown];
    return message;
  } catch (error) {
    throw gone.signal.aborted ? gone.signal.reason : error;
  } finally {
    lane.off("exit", onExit);
  }
}

const GRACE_MS = 10_000;

/** An app that was dead to its peers may wait long for them; its process need not. */
async function stopLane(lane: ChildProcess): Promise<void> {
  if (lane.exitCode !== null || lane.signalCode !== null) return;
  const ended = once(lane, "exit");
  lane.disconnect();
  const tooLong = setTimeout(() => lane.kill("SIGKILL"), GRACE_MS);
  await ended;
  clearTimeout(tooLong);
}
