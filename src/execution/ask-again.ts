import { setTimeout as wait } from "node:timers/promises";
import { jittered } from "./start-query.ts";

const TRIES = 3;
const FIRST_WAIT_MS = 200;

/**
 * Sends a call to STS again while its error may be repeated; between attempts the signal is asked, never during one.
 *
 * @throws the last error
 */
export async function askAgain<T>(
  call: () => Promise<T>,
  mayRepeat: (error: unknown) => boolean,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries >= TRIES || signal.aborted || !mayRepeat(error)) throw error;
      await wait(jittered(FIRST_WAIT_MS * 2 ** (tries - 1)), undefined, { signal });
    }
  }
}
