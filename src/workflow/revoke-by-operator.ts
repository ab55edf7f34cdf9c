import { cancelByOperator } from "../request/close.ts";
import { type Instant, leasesOf, type Request, type RequestState } from "../request/request.ts";
import type { Outcome } from "../request/outcome.ts";
import { beginRevocation } from "../request/revoke.ts";
import { withholdRows } from "../request/rows.ts";
import { isOpen } from "../request/transitions.ts";
import type { Clock, RequestStore } from "./ports.ts";

/** Who ends access from the command line: a name as stated, and why. */
export type OperatorAct = { operator: string; reason: string };

export type OperatorRevocation =
  | { status: "done" | "nothing-to-do"; before: RequestState; request: Request }
  | { status: "not-found" };

/**
 * Ends a grant or cancels a pending request in the store and nowhere else: neither Slack nor Redis is asked. Workers
 * learn it with their next heartbeat, the sweeper stops what is left and has it told, and whoever revokes stops the
 * queries too (`stop-revoked-queries.ts`), since worker and sweeper may be gone for good.
 */
export async function revokeByOperator(
  { store, clock }: { store: Pick<RequestStore, "get" | "change">; clock: Clock },
  requestId: string,
  act: OperatorAct,
): Promise<OperatorRevocation> {
  let before: RequestState | undefined;
  const outcome = await store.change(requestId, (request) => {
    before = request.state;
    return ended(request, act, clock.now());
  });
  if (outcome.status === "not-found" || before === undefined) return { status: "not-found" };
  if (outcome.status === "changed") return { status: "done", before, request: outcome.request };
  const stored = await store.get(requestId);
  return stored
    ? { status: "nothing-to-do", before: stored.request.state, request: stored.request }
    : { status: "not-found" };
}

function ended(request: Request, act: OperatorAct, now: Date): Outcome {
  if (request.state === "pending") return cancelByOperator(request, act, now);
  const closing = beginRevocation(request, { cause: "revoked", ...act }, now);
  // Also of a single run, whose grant is over when its rows wait for Slack.
  const withheld = withholdRows(closing.status === "changed" ? closing.request : request, act, now);
  return withheld.status === "changed" ? withheld : closing;
}

export type WorstDay = {
  seen: { requestId: string; outcome: OperatorRevocation }[];
  failed: { requestId: string; error: unknown }[];
};

/** How often the index is asked again for what was made meanwhile, and how long it is given to follow the table. */
const PASSES = 5;
const INDEX_LAG_MS = 1_000;

/** Ends every open request. One that fails keeps no other from its end. */
export async function revokeAllByOperator(
  deps: Parameters<typeof revokeByOperator>[0] & {
    openRequests: () => Promise<string[]>;
    wait: (ms: number) => Promise<unknown>;
  },
  act: OperatorAct,
): Promise<WorstDay> {
  const day: WorstDay = { seen: [], failed: [] };
  const known = new Set<string>();
  for (let pass = 1; pass <= PASSES; pass++) {
    const fresh = (await deps.openRequests()).filter((id) => !known.has(id));
    for (const requestId of fresh) {
      known.add(requestId);
      try {
        const outcome = await revokeByOperator(deps, requestId, act);
        // Closed long ago: only its copies in Slack are behind.
        if (outcome.status === "done" || (outcome.status === "nothing-to-do" && isOpen(outcome.before)))
          day.seen.push({ requestId, outcome });
      } catch (error) {
        day.failed.push({ requestId, error });
      }
    }
    if (pass > 1 && fresh.length === 0) return day;
    if (pass < PASSES) await deps.wait(INDEX_LAG_MS);
  }
  return day;
}

/** Until when a session of the request could be used by whoever holds its credentials; nothing when none is left. */
export function lastSessionEnds(request: Request): Instant | undefined {
  return request.runs
    .flatMap(leasesOf)
    .flatMap(({ end, expiresAt }) => (end ? [] : [expiresAt]))
    .toSorted()
    .at(-1);
}
