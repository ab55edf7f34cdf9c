import { RetryableError } from "../errors.ts";
import type { Clock, Log, RequestStore, StoredRequest } from "../workflow/ports.ts";
import type { Reading } from "./blocks/thread-notices.ts";
import { bringCopy, type Desk } from "./bring-copy.ts";
import { createCursor } from "./projection-cursor.ts";
import { showProgress } from "./show-progress.ts";
import type { SlackPoster } from "./slack-poster.ts";
import { tellThread } from "./tell-thread.ts";
import { wantedCard, wantedDirectCopies } from "./wanted-copies.ts";

export type ProjectorDeps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  slack: SlackPoster;
  /** The runbooks as loaded now, for their words on how a result is read. */
  catalogue: () => { runbooks: ReadonlyMap<string, { documentation: Reading }> };
  /** Whether `runAnotherQuery` is there; its button is shown only then. */
  offersAnotherQuery?: boolean;
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

  const card = await bringCopy(desk, wantedCard(request));
  if (card.status === "later") later.push(card.cause);
  const problem = card.status === "unreachable" ? card.error : undefined;

  for (const wanted of wantedDirectCopies(
    request,
    desk.cursor.projection,
    problem,
    deps.offersAnotherQuery,
  )) {
    if (later.length >= PATIENCE) break;
    const outcome = await bringCopy(desk, wanted);
    if (outcome.status === "later") later.push(outcome.cause);
  }
  // The thread hangs below the card: while the card can't be had just now, its notices wait.
  if (later.length < PATIENCE && card.status !== "later") {
    const reading = deps.catalogue().runbooks.get(request.plan.runbook.name)?.documentation;
    const thread = await tellThread(desk, request, reading);
    if (thread.status === "later") later.push(thread.cause);
    const progress = await showProgress(desk, stored);
    if (progress.status === "later") later.push(progress.cause);
  }
  if (later.length > 0) throw new RetryableError("Slack did not take everything", { cause: later[0] });
  await desk.cursor.change((projection) =>
    projection.shownVersion >= stored.version ? projection : { ...projection, shownVersion: stored.version },
  );
}

const PATIENCE = 2; // calls that fail in one pass before Slack is taken for down and the rest waits
