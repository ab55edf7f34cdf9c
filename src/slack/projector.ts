import { RetryableError } from "../errors.ts";
import type { Clock, Log, RequestStore, StoredRequest } from "../workflow/ports.ts";
import type { Reading } from "./blocks/thread-notices.ts";
import { bringCopy, type Brought, type Desk } from "./bring-copy.ts";
import { createCursor } from "./projection-cursor.ts";
import { showProgress } from "./show-progress.ts";
import type { SlackPoster } from "./slack-poster.ts";
import { tellThread } from "./tell-thread.ts";
import { toReviewers, wantedCard, wantedDirectCopies, wantedSecurityCopies } from "./wanted-copies.ts";

export type ProjectorDeps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  slack: SlackPoster;
  /** The runbooks as loaded now, for their words on how a result is read. */
  catalogue: () => { runbooks: ReadonlyMap<string, { documentation: Reading }> };
  clock: Clock;
  log: Log;
  /** Runs the work unless somebody else holds the key; the hold ends by itself after `ttlMs`. */
  exclusive: (key: string, ttlMs: number, work: () => Promise<void>) => Promise<"done" | "busy">;
};

/**
 * Brings every copy of a request in Slack up to what is stored: the approvers' card, the direct messages, the
 * thread with its notices in order, the progress of a run. Can be run any number of times; it remembers each
 * message before it makes the next, so a crash costs at most one message that stands twice.
 */
export function createProjector(deps: ProjectorDeps): {
  /** Throws `RetryableError` when Slack did not take everything just now, after what could be done was done. */
  project(requestId: string): Promise<void>;
} {
  return {
    async project(requestId) {
      const held = await deps.exclusive(`project:${requestId}`, HOLD_MS, () => catchUp(deps, requestId));
      if (held === "busy") throw new RetryableError(`Request ${requestId} is being drawn by somebody else`);
    },
  };
}

/** Longer than a pass takes when Slack is slow; after it, another worker may take over from one that died. */
const HOLD_MS = 120_000;
/** A request changes a few times in a second at most; more rounds than this can wait for the next job. */
const MAX_ROUNDS = 10;

async function catchUp(deps: ProjectorDeps, requestId: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const stored = await deps.store.get(requestId);
    if (!stored || (round > 0 && stored.projection.shownVersion >= stored.version)) return;
    await showVersion(deps, stored);
  }
}

async function showVersion(deps: ProjectorDeps, stored: StoredRequest): Promise<void> {
  const { request } = stored;
  const desk: Desk = { slack: deps.slack, log: deps.log, cursor: createCursor(deps.store, stored) };
  const later: unknown[] = [];
  const undrawn: unknown[] = [];
  const note = (outcome: Brought): Brought => {
    if (outcome.status === "later") later.push(outcome.cause);
    if (outcome.status === "undrawn") undrawn.push(outcome.cause);
    return outcome;
  };

  const card = note(await bringCopy(desk, wantedCard(request)));
  const problem = card.status === "unreachable" ? card.error : undefined;

  for (const wanted of wantedSecurityCopies(request)) {
    const told = note(await bringCopy(desk, wanted));
    if (told.status !== "unreachable") continue;
    desk.log.error("the channel of break-glass can't be posted to; its reviewers are told directly", {
      requestId: request.id,
      channel: wanted.channel,
      error: told.error,
    });
    for (const direct of toReviewers(wanted, request)) note(await bringCopy(desk, direct));
  }

  for (const wanted of wantedDirectCopies(request, desk.cursor.projection, problem)) {
    if (later.length >= PATIENCE) break;
    note(await bringCopy(desk, wanted));
  }
  // The thread hangs below the card: while the card can't be had just now, its notices wait.
  if (later.length < PATIENCE && card.status !== "later" && card.status !== "undrawn") {
    const reading = deps.catalogue().runbooks.get(request.plan.runbook.name)?.documentation;
    note(await tellThread(desk, request, reading));
    note(await showProgress(desk, stored));
  }
  if (later.length > 0) throw new RetryableError("Slack did not take everything", { cause: later[0] });
  if (undrawn.length > 0) throw new RetryableError("Not everything could be drawn", { cause: undrawn[0] });
  if (desk.cursor.projection.copies.length === 0)
    throw new RetryableError(`Nobody can be shown request ${request.id}: Slack took no copy of it`);
  // Also downwards: a newer version that somebody else drew meanwhile may have been painted over, and is drawn again.
  await desk.cursor.change((projection) =>
    projection.shownVersion === stored.version ? projection : { ...projection, shownVersion: stored.version },
  );
}

const PATIENCE = 2; // calls that fail in one pass before Slack is taken for down and the rest waits
