import type { Lease, Run } from "../../src/request/request.ts";

/** Every session that STS gave for the run and that is recorded. */
export function sessionsOf(run: Run): readonly Lease[] {
  return [...(run.earlierLeases ?? []), ...(run.lease ? [run.lease] : [])];
}
