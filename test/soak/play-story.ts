import { setTimeout as wait } from "node:timers/promises";
import type { Config } from "../../src/config.ts";
import type { SeenMessage } from "../../src/sandbox/slack/acts/seen.ts";
import type { Persona } from "../../src/sandbox/slack/driver.ts";
import type { Fields } from "../../src/sandbox/slack/form.ts";
import { CannotAct } from "../../src/sandbox/slack/slack-error.ts";
import { APPROVALS, INCIDENTS, queueAgain, requestIdIn } from "../flows/acting.ts";
import { eventually } from "../fixtures/eventually.ts";
import { MOST_FOR_AWS_MS } from "./come-to-rest.ts";
import type { Misfortune } from "./fault.ts";
import type { Lane } from "./lane.ts";
import type { Act, RunbookName, Story, Tale } from "./story.ts";

/** What came of one tale, as its people saw it. */
export type Told = {
  tale: Tale;
  /** Stands in the request's reason and in nothing else. */
  mark: string;
  /** Slack closed the form without a word, so the requester believes that they asked. */
  believesAsked: boolean;
  requestId?: string;
  /** Acts that the app acknowledged. */
  taken: Act[];
};

/** As long as a person looks at the screen before they give up; the story goes on without what they waited for. */
const LOOK = { timeoutMs: 2_500 };

/** Plays every tale of the story at the same time, with its faults; comes back when everybody did what they do. */
export async function playStory(lane: Lane, story: Story): Promise<Told[]> {
  const { faults } = story;
  lane.plan.begin(faults.filter((fault) => fault.type === "message"));
  const misfortunes = faults
    .filter((fault) => fault.type === "timed")
    .map(async ({ atMs, what }) => {
      await wait(atMs);
      await strike(lane, what);
    });
  const oneAtATime = turns();
  const told = await Promise.all(
    story.requests.map((tale, index) =>
      playTale(lane, tale, `Soak ${story.seed} ${index} ${++marks};`, oneAtATime),
    ),
  );
  await Promise.all(misfortunes);
  return told;
}

let marks = 0;

async function playTale(lane: Lane, tale: Tale, mark: string, turn: Turns): Promise<Told> {
  const told: Told = { tale, mark, believesAsked: false, taken: [] };
  const { slack } = lane;
  told.believesAsked = await turn(tale.who, () => ask(slack.as(tale.who), tale, mark));
  const card = await seen(() => slack.as("lead").waitForMessage(APPROVALS, mark, LOOK));
  const shown = card ?? (await seen(() => slack.as("lead").waitForMessage("dm", mark, { timeoutMs: 300 })));
  if (!shown) return told;
  told.requestId = requestIdIn(shown.rendered);
  for (const act of tale.acts) {
    await wait(act.afterMs);
    const times = "times" in act ? act.times : 1;
    const done = await Promise.all(
      Array.from({ length: times }, () => perform(lane, tale, act, shown, told.requestId ?? "", turn)),
    );
    if (done.includes(true)) told.taken.push(act);
  }
  return told;
}

async function ask(person: Persona, tale: Tale, reason: string): Promise<boolean> {
  for (let tries = 0; tries < 2; tries++) {
    // A form that is sent again is the same request: what was left open by another story is not filled anew.
    const left = person.view();
    if (left) await tryTo(() => person.close(left, { all: true }));
    await tryTo(() => person.command(`/jit request ${tale.runbook}`, { channel: INCIDENTS }));
    const form = await seen(() => person.waitForView("Send request", LOOK));
    if (!form) continue;
    const fields: Fields = {
      ...fieldsOf[tale.runbook],
      ...(tale.window ? { "What for": "A time window" } : {}),
      Reason: reason,
    };
    const outcome = await tryTo(() => person.fill(form, fields).submit());
    if (outcome?.status === "ok" && !outcome.view) return true;
    await tryTo(() => person.close(form, { all: true }));
    // Said to be on its way, or that something failed: who sees that looks for a card before asking again.
    return false;
  }
  return false;
}

/** Whether the app acknowledged it. */
async function perform(
  lane: Lane,
  tale: Tale,
  act: Act,
  card: SeenMessage,
  requestId: string,
  turn: Turns,
): Promise<boolean> {
  const { slack } = lane;
  switch (act.kind) {
    case "approve":
      return isOk(await tryTo(() => slack.as(act.by).click(card, "jit_approve")));
    case "deny":
    case "revoke":
      return turn(act.by, () => withReason(slack.as(act.by), card, `jit_${act.kind}`));
    case "end":
      return isOk(
        await tryTo(() => slack.as(act.by).command(`/jit end ${requestId}`, { channel: INCIDENTS })),
      );
    case "cancel":
    case "run-again": {
      const button = act.kind === "cancel" ? "jit_cancel" : "jit_run_again";
      const person = slack.as(tale.who);
      const own = await seen(() =>
        person.waitForMessage(
          "dm",
          (text, { blocks }) => text.includes(requestId) && JSON.stringify(blocks).includes(`"${button}"`),
          { timeoutMs: 1_500 },
        ),
      );
      return own ? isOk(await tryTo(() => person.click(own, button))) : false;
    }
    case "redeliver":
      return redeliver(lane, act.nth);
    case "queue-again":
      await tryTo(() =>
        queueAgain(
          { config: { redisUrl: redisUrl(lane), queuePrefix: lane.prefix } as Config },
          requestId,
          1,
          act.times,
        ),
      );
      return true;
    case "pass":
      lane.clock.advance(act.minutes * 60_000);
      lane.aws.clock.advance(MOST_FOR_AWS_MS);
      return true;
    case "last-seconds": {
      await seen(() => eventually(() => isIdle(lane, requestId), 5_000));
      const grant = (await lane.store.get(requestId))?.request.grant;
      const leftMs = grant ? Date.parse(grant.endsAt) - lane.clock.now().getTime() : 0;
      if (leftMs > act.leftMs) {
        lane.clock.advance(leftMs - act.leftMs);
        lane.aws.clock.advance(MOST_FOR_AWS_MS);
      }
      return true;
    }
  }
}

/** A clock that leaps past a run under way would make it a dead worker's. */
async function isIdle({ store }: Lane, requestId: string): Promise<boolean> {
  const runs = (await store.get(requestId))?.request.runs ?? [];
  return (
    runs.length > 0 &&
    runs.every(
      ({ state, delivery }) =>
        state !== "queued" && state !== "running" && (state !== "succeeded" || delivery),
    )
  );
}

async function withReason(person: Persona, card: SeenMessage, button: string): Promise<boolean> {
  await tryTo(() => person.click(card, button));
  const form = await seen(() => person.waitForView("Reason", { timeoutMs: 1_000 }));
  if (!form) return false;
  const outcome = await tryTo(() => person.fill(form, { Reason: "Because the story says so" }).submit());
  await tryTo(() => person.close(form, { all: true }));
  return isOk(outcome);
}

async function redeliver({ slack }: Lane, nth: number): Promise<boolean> {
  const earlier = slack.record
    .deliveries()
    .filter(({ type }) => ["block_actions", "view_submission", "slash_commands"].includes(type));
  const again = earlier[nth % Math.max(1, earlier.length)];
  if (!again) return false;
  const kind = again.type === "slash_commands" ? ("slash_commands" as const) : ("interactive" as const);
  const ack = await tryTo(() =>
    slack.deliver({
      kind,
      payload: again.payload,
      acceptsResponse: again.type !== "block_actions",
      retry: { num: 1, reason: "http_timeout" },
    }),
  );
  return ack?.status === "acked";
}

async function strike(lane: Lane, what: Misfortune): Promise<void> {
  const { slack, aws, clock, redis, prefix, down } = lane;
  switch (what.kind) {
    case "redis-flush": {
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
      return;
    }
    case "redis-restart":
      down.redis = true;
      lane.cutRedis();
      await wait(what.downMs);
      down.redis = false;
      return;
    case "aws-down":
      down.aws = true;
      lane.cutAws();
      await wait(what.downMs);
      down.aws = false;
      return;
    case "slack-down":
      slack.faults.down();
      await wait(what.downMs);
      slack.faults.up();
      return;
    case "cut-sockets":
      return slack.faults.cutSockets();
    case "duplicate-deliveries":
      return slack.faults.duplicateNext({ extra: what.extra });
    case "slow-deliveries":
      return slack.faults.delayDeliveries(what.ms);
    case "host-clock":
      return clock.advance(what.byMs);
    case "aws-clock":
      return aws.clock.advance(what.byMs);
    case "kill":
      return lane.kill(what.replica);
  }
}

function redisUrl({ redis }: Lane): string {
  const { host = "127.0.0.1", port = 6379, password } = redis.options;
  return `redis://${password ? `:${password}@` : ""}${host}:${port}`;
}

/** The stuck orders of the seed, more than a table in Slack holds, so that they go as a file. */
const fieldsOf: Record<RunbookName, Fields> = {
  "orders-by-id": { "Order number": "O-00000001" },
  "orders-recent-of-customer": { Customer: "C-1234" },
  "orders-stuck-by-status": {
    Status: "PAID",
    "In this status since before (UTC)": Math.floor(Date.now() / 1000),
  },
};

function isOk(outcome: { status: string } | undefined): boolean {
  return outcome?.status === "ok";
}

/** What the screen does not offer, nobody does. */
async function tryTo<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CannotAct || isPassing(error)) return undefined;
    throw error;
  }
}

/** Redis may be away for whoever queues a job by hand. */
function isPassing(error: unknown): boolean {
  return error instanceof Error && /closed|max retries|timed out/i.test(error.message);
}

async function seen<T>(look: () => Promise<T>): Promise<T | undefined> {
  return look().catch(() => undefined);
}

type Turns = <T>(of: string, act: () => Promise<T>) => Promise<T>;

/** One person has one screen: what opens a form waits for the one before. */
function turns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (of, act) => {
    const mine = (last.get(of) ?? Promise.resolve()).then(act);
    last.set(
      of,
      mine.catch(() => undefined),
    );
    return mine;
  };
}
