import { setTimeout as wait } from "node:timers/promises";
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { isOpen } from "../../src/request/transitions.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import type { Lane } from "./lane.ts";

/** Nothing is wrong any more; so long it may take, in real time, until everything is over. */
const DEADLINE_MS = 45_000;
const LOOK_MS = 100;
/** While work is under way, time passes slower: a busy machine must not make every run a dead worker's. */
const BUSY_LOOKS = 3;
const STILL_LOOKS = 3;

export type Rest = { stored: StoredRequest[]; restless: string[] };

/**
 * Lets time pass, faster than it does, until no request that is in the table since `known` was taken has anything
 * left to do. Whatever is still open by then is `restless`.
 *
 * @param pace in real time: how long what is under way is let be before the clocks are moved, and how long everything is
 */
export async function comeToRest(
  lane: Lane,
  known: ReadonlySet<string>,
  pace: { busyMs: number; allMs?: number },
): Promise<Rest> {
  const begun = performance.now();
  let looks = 0;
  let changedAtLook = 0;
  let lastSeen = "";
  let ids = await newRequests(lane, known);
  for (;;) {
    const stored = await allOf(lane, ids);
    const elapsed = performance.now() - begun;
    const restless = stored.flatMap(whatIsLeft);
    if (restless.length === 0) {
      const now = await newRequests(lane, known);
      if (now.length === ids.length) return { stored, restless };
      ids = now;
      continue;
    }
    if (elapsed > DEADLINE_MS) return { stored, restless };
    const isBusy = stored.some(({ request }) => request.runs.some(isUnderWay));
    looks += 1;
    const seen = stored.map(({ request, version }) => `${request.id} ${version}`).join();
    if (seen !== lastSeen) changedAtLook = looks;
    lastSeen = seen;
    // What somebody was just told is taken may not be stored yet.
    const isStill = looks - changedAtLook >= STILL_LOOKS;
    const isDue = isBusy ? elapsed > pace.busyMs && looks % BUSY_LOOKS === 0 : isStill;
    if (isDue && elapsed > (pace.allMs ?? 0)) passTime(lane, stored);
    await freeWhatTheDeadHeld(lane);
    await lane.hurry().catch(() => undefined);
    await wait(LOOK_MS);
  }
}

export async function newRequests({ table }: Lane, known: ReadonlySet<string>): Promise<string[]> {
  const ids: string[] = [];
  const pages = paginateScan({ client: table }, { TableName: "jit-requests", ProjectionExpression: "pk" });
  for await (const { Items = [] } of pages) {
    for (const { pk } of Items) if (pk?.S?.startsWith("REQ#")) ids.push(pk.S.slice("REQ#".length));
  }
  return ids.filter((id) => !known.has(id));
}

async function allOf({ store }: Lane, ids: readonly string[]): Promise<StoredRequest[]> {
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
  ];
}

/** Also rows that arrived although their delivery was never recorded. */
function hasRowsToRemove({ request, projection }: StoredRequest): boolean {
  return request.plan.output.removeOnEnd && projection.copies.some(({ role }) => role === "rows");
}

function isUnderWay({ state, delivery }: StoredRequest["request"]["runs"][number]): boolean {
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
  if (state === "pending") return Date.parse(lapsesAt);
  const endsAt = grant ? Date.parse(grant.endsAt) : 0;
  const isQuiet = projection.shownVersion >= version && !request.runs.some(isUnderWay);
  return isQuiet && (state === "active" || state === "revoked") && endsAt > now ? endsAt : now + STEP_MS;
}

/** A holder that lives renews its hold long before; what is older was a dead one's, and would end by itself in seconds. */
async function freeWhatTheDeadHeld({ redis, prefix }: Lane): Promise<void> {
  const locks = [
    ...(await redis.keys(`${prefix}:lock:*`)).map((key) => ({ key, renewedAboveMs: 3_500 })),
    ...(await redis.keys(`${prefix}:projections:*:lock`)).map((key) => ({ key, renewedAboveMs: 4_500 })),
  ];
  for (const { key, renewedAboveMs } of locks) {
    const leftMs = await redis.pttl(key);
    if (leftMs > 0 && leftMs < renewedAboveMs) await redis.del(key);
  }
}
