import { setTimeout as wait } from "node:timers/promises";
import { APPROVALS, requestIdIn } from "../flows/acting.ts";
import { HOLDER, takeLock } from "../flows/writing.ts";
import { askForAccess } from "./ask-for-access.ts";
import { awaited, seen, turns, type Turns } from "./at-the-screen.ts";
import type { Lane } from "./lane.ts";
import { performAct } from "./perform-act.ts";
import type { Act, Story, Tale } from "./story.ts";
import { strike } from "./strike.ts";

/** What came of one tale, as its people saw it. */
export type Told = {
  tale: Tale;
  mark: string;
  order: string;
  /** Slack closed the form without a word, so the requester believes that they asked. */
  believesAsked: boolean;
  requestId?: string;
  /** Acts that the app acknowledged. */
  taken: Act[];
};

/** Plays every tale of the story at the same time, with its faults; comes back when everybody did what they do. */
export async function playStory(lane: Lane, story: Story): Promise<Told[]> {
  const { faults } = story;
  const tales = story.requests.map((tale, at) => ({ tale, order: orderOf(lane, at) }));
  for (const { tale, order } of tales)
    if (tale.runbook === "orders-release-lock") await takeLock(lane, order, HOLDER, LONG_AGO);
  lane.plan.begin(faults.filter((fault) => fault.type === "message"));
  const misfortunes = faults
    .filter((fault) => fault.type === "timed")
    .map(async ({ atMs, what }) => {
      await wait(atMs);
      await strike(lane, what);
    });
  const oneAtATime = turns();
  const since = lane.slack.workspace.messages.at(-1)?.ts ?? "0";
  const told = await Promise.all(
    tales.map(({ tale, order }, at) => {
      const mark = `Soak ${story.seed} ${at} ${++marks};`;
      return playTale(lane, tale, { mark, order, since, isCalm: faults.length === 0 }, oneAtATime);
    }),
  );
  await Promise.all(misfortunes);
  return told;
}

let marks = 0;
const LONG_AGO = "2026-01-01T00:00:00Z";

/** Each tale writes to an order of its own. */
function orderOf({ orders }: Lane, at: number): string {
  const order = orders.stuck.orderIds[at];
  if (order === undefined) throw new Error("the seed has no such stuck order");
  return order;
}

async function playTale(
  lane: Lane,
  tale: Tale,
  subject: { mark: string; order: string; since: string; isCalm: boolean },
  turn: Turns,
): Promise<Told> {
  const { mark, order, since } = subject;
  const told: Told = { tale, mark, order, believesAsked: false, taken: [] };
  const { slack } = lane;
  told.believesAsked = await turn(tale.who, () => askForAccess(slack.as(tale.who), tale, { mark, order }));
  const lead = slack.as("lead");
  const later = { after: since };
  const card = await awaited((glance) => lead.waitForMessage(APPROVALS, mark, { ...glance, ...later }));
  const shown = card ?? (await seen(() => lead.waitForMessage("dm", mark, { timeoutMs: 1, ...later })));
  if (!shown) return told;
  told.requestId = requestIdIn(shown.rendered);
  for (const act of tale.acts) {
    await wait(act.afterMs);
    const scene = { ...subject, tale, card: shown, requestId: told.requestId };
    const times = "times" in act ? act.times : 1;
    const done = await Promise.all(Array.from({ length: times }, () => performAct(lane, scene, act, turn)));
    if (done.includes(true)) told.taken.push(act);
  }
  return told;
}
