import type { Config } from "../../src/config.ts";
import type { SeenMessage } from "../../src/sandbox/slack/acts/seen.ts";
import type { Persona } from "../../src/sandbox/slack/driver.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import { APPROVALS, INCIDENTS, queueAgain } from "../flows/acting.ts";
import { takeLock } from "../flows/writing.ts";
import { eventually } from "../fixtures/eventually.ts";
import { queryOf } from "./ask-for-access.ts";
import { awaited, isOk, lookUntil, seen, tryTo, type Turns } from "./at-the-screen.ts";
import { MOST_FOR_AWS_MS } from "./come-to-rest.ts";
import type { Lane } from "./lane.ts";
import { steps } from "./soak-runbooks.ts";
import type { Act, Tale } from "./story.ts";

/** Where an act is done: the card as it was first seen, and what it is about. */
type Scene = {
  tale: Tale;
  card: SeenMessage;
  requestId: string;
  mark: string;
  order: string;
  /** Messages of this story are later. */
  since: string;
  /** Nothing goes wrong in this story. */
  isCalm: boolean;
};

/** Whether the app acknowledged it. */
export async function performAct(lane: Lane, scene: Scene, act: Act, turn: Turns): Promise<boolean> {
  const { slack } = lane;
  const { tale, card, requestId } = scene;
  switch (act.kind) {
    case "approve":
      return approve(lane, scene, act.by);
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
      const own = await ownCopy(lane, scene, button);
      return own ? isOk(await tryTo(() => slack.as(tale.who).click(own, button))) : false;
    }
    case "another-query":
      return turn(tale.who, () => askAnother(lane, scene, act.days));
    case "roll-back":
      return rollBack(lane, scene, turn);
    case "meddle":
      await takeLock(lane, scene.order, "somebody-else", "2026-01-01T00:00:00Z");
      return true;
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
      // A clock that leaps past a run under way would make it a dead worker's.
      const isOver = async () => isIdle(await lane.store.get(requestId));
      await (scene.isCalm ? seen(() => eventually(isOver)) : lookUntil(() => undefined, isOver));
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

/** Of a write on the card as it stands: the one before the look can't be approved. */
async function approve(lane: Lane, scene: Scene, by: string): Promise<boolean> {
  const { tale, card, requestId, isCalm } = scene;
  const person = lane.slack.as(by);
  const isWrite = tale.runbook === "orders-release-lock";
  const shown = isWrite ? await cardToApprove(lane, card, requestId, person) : card;
  const isTaken = isOk(await tryTo(() => person.click(shown ?? card, "jit_approve")));
  if (isTaken && isCalm && isFirstToDecide(tale, by)) await seen(() => untilVoted(lane, requestId));
  return isTaken;
}

/** With nothing wrong, who approves goes on when their vote has been taken, however slow the machine is. */
function untilVoted({ store }: Lane, requestId: string): Promise<void> {
  return eventually(async () => {
    const stored = await store.get(requestId);
    return stored?.request.state !== "pending" || stored.request.votes.length > 0;
  });
}

/** Whoever may decide the first step can't be refused while nobody has. */
export function isFirstToDecide({ runbook, who, breakGlass }: Tale, by: string): boolean {
  return !breakGlass && by !== who && (steps[runbook][0]?.people.includes(userOf(by)) ?? false);
}

function userOf(role: string): string {
  return `U0${role.toUpperCase()}`;
}

function cardToApprove(lane: Lane, card: SeenMessage, requestId: string, person: Persona) {
  return lookUntil(
    async () => {
      const now = await tryTo(async () => person.message(card));
      return now?.rendered.includes("[Approve]") ? now : undefined;
    },
    async () => {
      const stored = await lane.store.get(requestId);
      return stored?.request.state !== "pending" || stored.request.look?.state === "failed";
    },
  );
}

/** The requester's own copy once it offers the button; nothing when it is drawn as stored and does not. */
function ownCopy(lane: Lane, { tale, requestId, since }: Scene, button: string) {
  const person = lane.slack.as(tale.who);
  return lookUntil(
    () =>
      seen(() =>
        person.waitForMessage("dm", (_, one) => offers(one, requestId, button), {
          timeoutMs: 1,
          after: since,
        }),
      ),
    async () => {
      const stored = await lane.store.get(requestId);
      return stored === undefined || (isDrawn(stored) && isIdle(stored));
    },
  );
}

function offers({ rendered, blocks }: SeenMessage, requestId: string, button: string): boolean {
  return rendered.includes(requestId) && JSON.stringify(blocks).includes(`"${button}"`);
}

function isDrawn({ version, projection }: StoredRequest): boolean {
  return projection.shownVersion >= version;
}

function isIdle(stored: StoredRequest | undefined): boolean {
  const { runs = [], state } = stored?.request ?? {};
  return (
    state !== "active" ||
    (runs.length > 0 &&
      runs.every(
        (run) =>
          run.state !== "queued" && run.state !== "running" && (run.state !== "succeeded" || run.delivery),
      ))
  );
}

async function withReason(person: Persona, card: SeenMessage, button: string): Promise<boolean> {
  const clicked = await tryTo(() => person.click(card, button));
  if (!isOk(clicked)) return false;
  const form = await awaited((glance) => person.waitForView("Reason", glance));
  if (!form) return false;
  const outcome = await tryTo(() => person.fill(form, { Reason: "Because the story says so" }).submit());
  await tryTo(() => person.close(form, { all: true }));
  return isOk(outcome);
}

async function askAnother(lane: Lane, scene: Scene, days: number): Promise<boolean> {
  const person = lane.slack.as(scene.tale.who);
  const own = await ownCopy(lane, scene, "jit_another_query");
  if (!own || !isOk(await tryTo(() => person.click(own, "jit_another_query")))) return false;
  const form = await awaited((glance) => person.waitForView("Run it", glance));
  if (!form) return false;
  const outcome = await tryTo(() => person.fill(form, { Query: queryOf(days) }).submit());
  await tryTo(() => person.close(form, { all: true }));
  return isOk(outcome);
}

async function rollBack(lane: Lane, scene: Scene, turn: Turns): Promise<boolean> {
  const { tale, mark, since } = scene;
  const back = `${mark.slice(0, -1)} taken back;`;
  const isAsked = await turn(tale.who, async () => {
    const person = lane.slack.as(tale.who);
    const own = await ownCopy(lane, scene, "jit_roll_back");
    if (!own || !isOk(await tryTo(() => person.click(own, "jit_roll_back")))) return false;
    const form = await awaited((glance) => person.waitForView("Send request", glance));
    if (!form) return false;
    const outcome = await tryTo(() => person.fill(form, { Reason: back }).submit());
    await tryTo(() => person.close(form, { all: true }));
    return isOk(outcome);
  });
  if (!isAsked) return false;
  const card = await awaited((glance) =>
    lane.slack.as("lead").waitForMessage(APPROVALS, back, { ...glance, after: since }),
  );
  if (!card) return true;
  const ids = [...card.rendered.matchAll(/\bR[0-9A-Z]{16}\b/g)].map(([id]) => id);
  const requestId = ids.find((id) => id !== scene.requestId) ?? "";
  for (const by of ["lead", "security"]) await approve(lane, { ...scene, card, requestId }, by);
  return true;
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

function redisUrl({ redis }: Lane): string {
  const { host = "127.0.0.1", port = 6379, password } = redis.options;
  return `redis://${password ? `:${password}@` : ""}${host}:${port}`;
}
