import type { AthenaClient } from "@aws-sdk/client-athena";
import { SessionRefused } from "../workflow/session-refused.ts";

/** A client and how long its session may still be used. */
type Lease = { client: AthenaClient; lifeMs: number };

/** The sessions of one query, one after the other. */
export type LeaseLine = {
  /** Of the session that starts the query. */
  readonly first: AthenaClient;
  /** Of the session that is good for a call now. Calls are made one at a time. */
  current(query: { queryExecutionId: string }): Promise<AthenaClient>;
  /** So long the client in use needs no successor; whoever waits between two calls waits no longer. */
  restMs(): number;
};

/** A next session is asked for so long before the end, as a part of the life; a refused one again after so long. */
const LAST_PART = 0.25;
const AGAIN_MS = 2_000;
/** STS tells when a session was issued in whole seconds, so a life may seem longer than it is by that much. */
const ROUNDED_MS = 1_000;

/**
 * Hands out clients without a gap: the next session is asked for in the last quarter of the one before, and while there is
 * none to be had, the old one is used to its end.
 */
export function leaseLine(
  first: Lease,
  next: (query: { queryExecutionId: string }) => Promise<Lease | "last">,
): LeaseLine {
  let { client } = first;
  let { endsMs, askMs } = times(first);
  return {
    first: first.client,
    restMs: () => Math.max(0, askMs - performance.now()),
    async current(query) {
      const now = performance.now();
      if (now < askMs) return client;
      try {
        const lease = await next(query);
        if (lease === "last") askMs = Number.POSITIVE_INFINITY;
        else {
          ({ client } = lease);
          ({ endsMs, askMs } = times(lease));
        }
      } catch (error) {
        if (!(error instanceof SessionRefused) || performance.now() + AGAIN_MS >= endsMs) throw error;
        askMs = performance.now() + AGAIN_MS;
      }
      return client;
    },
  };
}

function times({ lifeMs }: Lease): { endsMs: number; askMs: number } {
  const now = performance.now();
  const usableMs = lifeMs - ROUNDED_MS;
  return { endsMs: now + usableMs, askMs: now + usableMs * (1 - LAST_PART) };
}
