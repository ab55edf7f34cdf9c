import { setTimeout as wait } from "node:timers/promises";
import { purgeDueAt } from "../../src/request/denial.ts";
import { lookDueAt } from "../../src/request/look.ts";
import { isOpen } from "../../src/request/transitions.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import { idleMs } from "./at-the-screen.ts";
import type { Lane } from "./lane.ts";
import { sessionsOf } from "./sessions-of.ts";

/**
 * All in looks, each of which takes as long as the machine is slow: nothing here is decided by how much time went by.
 */
const LOOK_MS = 60;
/** What somebody was just told is taken may not be stored yet. */
const STILL_LOOKS = 4;
/** Work that is under way is let be for longer: a clock that leaps makes every run a dead worker's. */
const BUSY_LOOKS = 16;
/** And in both cases this process, where everybody lives, had nothing to do for most of that time. */
const IDLE_PART = 0.5;
/** Whoever changes nothing for so long will not do so any more. */
const RESTLESS_LOOKS = 500;
/** And whoever changes something all the time never comes to rest. */
const MOST_LOOKS = 4_000;

export type Rest = { stored: StoredRequest[]; restless: string[] };

/**
 * Lets time pass, faster than it does, until no request that is in the table since `known` was taken has anything
 * left to do. Whatever is still open by then is `restless`.
 *
 * @param waitsFor what must end by itself, in its own time, before the clocks are moved
 */
export async function comeToRest(
  lane: Lane,
  known: ReadonlySet<string>,
  waitsFor: (stored: StoredRequest) => boolean,
): Promise<Rest> {
  let stored: StoredRequest[] = [];
  let written = -1;
  let writtenAt = 0;
  let changedAt = 0;
  let movedAt = 0;
  let lastSeen = "";
  let idleSince = idleMs();
  for (let look = 1; ; look++) {
    // Everything is written through the doors, so what they did not see needs no look.
    const now = writesOf(lane);
    if (now !== written) writtenAt = look;
    written = now;
    if (look - writtenAt <= LATEST_WRITES) stored = await storedSince(lane, known);
    const restless = stored.flatMap(whatIsLeft);
    if (restless.length === 0 && look - writtenAt >= LATEST_WRITES) return { stored, restless };
    const seen = stored.map(({ request, version }) => `${request.id} ${version}`).join();
    if (seen !== lastSeen) {
      changedAt = look;
      idleSince = idleMs();
    }
    lastSeen = seen;
    if (look - changedAt > RESTLESS_LOOKS || look > MOST_LOOKS) return { stored, restless };
    const isBusy = stored.some(({ request }) => request.runs.some(isUnderWay));
    const stillLooks = isBusy ? BUSY_LOOKS : STILL_LOOKS;
    const wasIdle = idleMs() - idleSince >= stillLooks * LOOK_MS * IDLE_PART;
    const isStill = look - changedAt >= stillLooks && wasIdle;
    if (isStill && restless.length > 0 && look - movedAt >= STILL_LOOKS && !stored.some(waitsFor)) {
      passTime(lane, stored);
      movedAt = look;
    }
    if (movedAt === look || look % HURRY_LOOKS === 0) await lane.hurry().catch(() => undefined);
    await wait(LOOK_MS);
  }
}

/** So many looks after a write was seen at a door it is done. */
const LATEST_WRITES = 2;
const HURRY_LOOKS = 6;

function writesOf({ plan }: Lane): number {
  const counts = plan.counts();
  return (counts.get("store:UpdateItem") ?? 0) + (counts.get("store:PutItem") ?? 0);
}

export async function storedSince(
  { store, created }: Lane,
  known: ReadonlySet<string>,
): Promise<StoredRequest[]> {
  const ids = [...created].filter((id) => !known.has(id));
  const found = await Promise.all(ids.map((id) => store.get(id)));
  return found.flatMap((one) => (one ? [one] : []));
}

function whatIsLeft(stored: StoredRequest): string[] {
  const { request, version, projection } = stored;
  const { id, state, runs } = request;
  return [
    ...(isOpen(state) ? [`${id} is ${state}`] : []),
    ...(projection.shownVersion < version
      ? [`${id} is shown as of version ${projection.shownVersion} of ${version}`]
      : []),
    ...runs
      .filter((run) => run.state === "succeeded" && !run.delivery)
      .map(({ no }) => `${id}/${no} has no delivery`),
    ...(hasRowsToRemove(stored) ? [`${id} has rows in Slack that must leave it`] : []),
    // Also of a session that a worker taken for dead was given after the end of everything that was known of.
    ...[...runs, request.look ?? {}]
      .flatMap(sessionsOf)
      .filter((lease) => !lease.end)
      .map(({ accessKeyId }) => `the end of ${accessKeyId}, which worked for ${id}, is not proven`),
    ...(purgeDueAt(stored.request) ? [`${id} stands in the deny-list`] : []),
  ];
}

/** Also rows that arrived although their delivery was never recorded. */
function hasRowsToRemove({ request, projection }: StoredRequest): boolean {
  return request.plan.output.removeOnEnd && projection.copies.some(({ role }) => role === "rows");
}

export function isUnderWay({ state, delivery }: StoredRequest["request"]["runs"][number]): boolean {
  return state === "queued" || state === "running" || (state === "succeeded" && !delivery);
}

/** To the next moment at which something of them happens by itself. */
function passTime({ clock, aws }: Lane, stored: readonly StoredRequest[]): void {
  const now = clock.now().getTime();
  const moments = stored.filter((one) => whatIsLeft(one).length > 0).map((one) => nextMoment(one, now));
  const stepMs = Math.max(Math.min(...moments) - now, 1_000);
  clock.advance(stepMs);
  aws.clock.advance(Math.min(stepMs, MOST_FOR_AWS_MS));
}

/**
 * Enough for every session to end, and far less than the five minutes by which AWS lets a signature be off: nobody
 * signs with a clock that is wrong all at once.
 */
export const MOST_FOR_AWS_MS = 60_000;
/** Longer than every grace, shorter than every window. */
const STEP_MS = 20_000;

function nextMoment({ request, version, projection }: StoredRequest, now: number): number {
  const { state, grant, lapsesAt } = request;
  // A look at the item comes before anybody can decide.
  if (state === "pending") return lookDueAt(request) ? now + STEP_MS : Date.parse(lapsesAt);
  const endsAt = grant ? Date.parse(grant.endsAt) : 0;
  const purgeAt = state === "revoked" ? purgeDueAt(request) : undefined;
  if (purgeAt !== undefined) return Math.max(now, Date.parse(purgeAt)) + 1_000;
  const isQuiet = projection.shownVersion >= version && !request.runs.some(isUnderWay);
  return isQuiet && (state === "active" || state === "revoked") && endsAt > now ? endsAt : now + STEP_MS;
}
