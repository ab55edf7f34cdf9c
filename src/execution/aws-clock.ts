import type { STSClient } from "@aws-sdk/client-sts";
import { askStsTime } from "../aws/ask-sts-time.ts";
import type { AwsClock } from "../workflow/ports.ts";

const TIMEOUT_MS = 5_000;
/** What STS said is carried on by the monotonic clock, which nobody sets, so that many sessions at once cost one call. */
const FRESH_MS = 2_000;

/** AWS's time as STS tells it; asked when somebody wants to know, at most every two seconds. */
export function createAwsClock(sts: STSClient): AwsClock {
  let known: { ms: number; atMs: number } | undefined;
  return {
    async now() {
      if (!known || performance.now() - known.atMs > FRESH_MS) {
        const told = await askStsTime(sts, AbortSignal.timeout(TIMEOUT_MS));
        // Counted from when the answer is here, so that this clock is never ahead of AWS's.
        known = { ms: told.getTime(), atMs: performance.now() };
      }
      return new Date(known.ms + performance.now() - known.atMs);
    },
  };
}
