import { setTimeout as wait } from "node:timers/promises";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/**
 * Does something again while it fails, with longer and longer waits.
 *
 * @param patienceMs the waits together; the work's own time comes on top
 * @throws the last error, once the patience is over
 */
export async function patiently<T>(
  patienceMs: number,
  work: () => Promise<T>,
  onFailure: (error: unknown) => void,
): Promise<T> {
  let leftMs = patienceMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (waitMs > leftMs) throw error;
      onFailure(error);
      leftMs -= waitMs;
      await wait(waitMs);
    }
  }
}
