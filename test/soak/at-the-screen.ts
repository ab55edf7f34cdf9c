import { setTimeout as wait } from "node:timers/promises";
import { CannotAct } from "../../src/sandbox/slack/slack-error.ts";
import type { ActOutcome } from "../../src/sandbox/slack/acts/outcome.ts";

/**
 * As long as a person looks at the screen while nothing happens any more; the story goes on without what they waited
 * for. In time in which this process, where everybody lives, had nothing to do: a busy machine makes nobody impatient.
 */
const PATIENCE_MS = 2_000;
const GLANCE_MS = 50;
const LONG_GLANCE_MS = 250;

/** So long this process had nothing to do, ever. */
export function idleMs(): number {
  return performance.eventLoopUtilization().idle;
}

export function isOk(outcome: ActOutcome | undefined): boolean {
  return outcome?.status === "ok";
}

/** What the screen does not offer, nobody does. */
export async function tryTo<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CannotAct || isPassing(error)) return undefined;
    throw error;
  }
}

/** Redis may be away for whoever queues a job by hand. */
function isPassing(error: unknown): boolean {
  return error instanceof Error && /closed|max retries|timed out/i.test(error.message);
}

/** What came within the wait's time, or nothing. */
export async function seen<T>(look: () => Promise<T>): Promise<T | undefined> {
  return look().catch(() => undefined);
}

/** What comes while somebody is patient, or nothing. */
export async function awaited<T>(
  look: (glance: { timeoutMs: number }) => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T | undefined> {
  const until = idleMs() + patienceMs;
  for (;;) {
    const found = await seen(() => look({ timeoutMs: LONG_GLANCE_MS }));
    if (found !== undefined || idleMs() > until) return found;
  }
}

/** Looks at what is there now and then, until there is something or nothing more can come. */
export async function lookUntil<T>(
  look: () => T | undefined | Promise<T | undefined>,
  isOver: () => Promise<boolean>,
): Promise<T | undefined> {
  const until = idleMs() + PATIENCE_MS;
  for (;;) {
    const over = await isOver();
    const found = await look();
    if (found !== undefined || over || idleMs() > until) return found;
    await wait(GLANCE_MS);
  }
}

export type Turns = <T>(of: string, act: () => Promise<T>) => Promise<T>;

/** One person has one screen: what opens a form waits for the one before. */
export function turns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (of, act) => {
    const mine = (last.get(of) ?? Promise.resolve()).then(act);
    last.set(
      of,
      mine.catch(() => undefined),
    );
    return mine;
  };
}
