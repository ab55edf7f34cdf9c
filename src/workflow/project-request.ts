import { recordRemoval } from "../request/rows.ts";
import type { Request } from "../request/request.ts";
import type { Clock, RequestStore } from "./ports.ts";
import { rowsMustLeave } from "./rows-stand.ts";

/** What brings a request to the people. */
export type Surface = {
  /** Brings every copy in Slack up to the stored version. */
  project: (requestId: string) => Promise<void>;
  /** Takes rows out of Slack; throws while something is left. */
  removeRows: (request: Request) => Promise<void>;
};

/**
 * Every copy up to the stored version, and rows out of Slack when their time is over, which is recorded and told. A
 * request that can't be drawn keeps no rows from leaving.
 */
export async function projectRequest(
  deps: { store: Pick<RequestStore, "get" | "change">; clock: Clock } & Surface,
  requestId: string,
): Promise<void> {
  const [drawn] = await Promise.allSettled([deps.project(requestId)]);
  const stored = await deps.store.get(requestId);
  if (stored && rowsMustLeave(stored, deps.clock.now())) {
    await deps.removeRows(stored.request);
    await deps.store.change(requestId, (request) => recordRemoval(request, deps.clock.now()));
    await deps.project(requestId);
  }
  if (drawn.status === "rejected") throw drawn.reason;
}
