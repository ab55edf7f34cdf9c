import type { Lease, Run } from "../../src/request/request.ts";

/** Every session that STS gave for the run, or for a look, and that is recorded. */
export function sessionsOf(holder: Pick<Run, "lease" | "earlierLeases">): readonly Lease[] {
  return [...(holder.earlierLeases ?? []), ...(holder.lease ? [holder.lease] : [])];
}
