import type { App } from "@slack/bolt";
import type { Log } from "../workflow/ports.ts";
import { type Ack, type Acknowledgement, acknowledgeOnce } from "./acknowledge-once.ts";
import { answerOnForm } from "./answer-on-form.ts";
import { deliveryKey } from "./delivery-key.ts";
import { teamsOf } from "./delivery-teams.ts";

export type HardeningOptions = {
  allowedTeams: ReadonlySet<string>;
  /** On Enterprise Grid: the only organisation that deliveries may name. */
  enterpriseId?: string;
  /** Ours, when known; a delivery for another app is dropped. */
  appId?: string;
  /** True when a delivery of this key was seen before. When it fails or is slow the delivery passes: the store's own conditions make it harmless. */
  seen: (key: string) => Promise<boolean>;
  /** Told of every delivery from another team, for the audit. */
  onForeign?: (foreign: ForeignDelivery) => void;
  log: Log;
};

export type ForeignDelivery = { teams: readonly string[]; user: string; kind: string };

export type Hardening = {
  /** How the delivery with this body is acknowledged; for Bolt's error handler, which gets only the body. */
  acknowledgementOf(body: object): Acknowledgement | undefined;
  /** Turns further deliveries away. */
  close(): void;
  /** Resolves when no delivery is being handled, or after the deadline; says how many were left behind. */
  drain(deadlineMs: number): Promise<number>;
};

/** Redis gets so long to say whether a delivery is a repetition; the acknowledgement is due within 3 s. */
const SEEN_BUDGET_MS = 400;

/**
 * The one way into Bolt, around `app.processEvent`, which both receivers call. In this order: teams, app,
 * repetition, and only then listeners. Whatever happens inside, the delivery is acknowledged exactly once: without
 * it Socket Mode would leave the person waiting for ever.
 */
export function harden(app: App, options: HardeningOptions): Hardening {
  const inner = app.processEvent.bind(app);
  const inFlight = new Set<Promise<void>>();
  const acknowledgements = new WeakMap<object, Acknowledgement>();
  let closed = false;

  app.processEvent = async (event) => {
    const body: unknown = event.body;
    const acknowledgement = acknowledgeOnce(event.ack, options.log);
    const { ack } = acknowledgement;
    if (closed) return ack(busyAnswer(body));
    if (!isObject(body) || !mayPass(body, options)) return ack(foreignAnswer(body));
    acknowledgements.set(body, acknowledgement);
    const handling = handle(async () => {
      if (await wasSeen(body, options)) return;
      await inner({ ...event, ack: ack as typeof event.ack });
    }, ack);
    inFlight.add(handling);
    try {
      await handling;
    } finally {
      inFlight.delete(handling);
    }
  };

  return {
    acknowledgementOf: (body) => acknowledgements.get(body),
    close: () => {
      closed = true;
    },
    drain: (deadlineMs) => settled(inFlight, deadlineMs),
  };
}

async function handle(work: () => Promise<void>, ack: Ack): Promise<void> {
  try {
    await work();
  } finally {
    await ack();
  }
}

function mayPass(body: Record<string, unknown>, options: HardeningOptions): boolean {
  const { teams, enterprises } = teamsOf(body);
  const ours =
    teams.length > 0 &&
    teams.every((team) => options.allowedTeams.has(team)) &&
    enterprises.every(
      (enterprise) => options.enterpriseId === undefined || enterprise === options.enterpriseId,
    );
  if (!ours) {
    const foreign = { teams, user: userOf(body), kind: textOf(body["type"] ?? body["command"]) };
    options.log.warn("A delivery from another team was dropped", foreign);
    options.onForeign?.(foreign);
    return false;
  }
  const appId = body["api_app_id"];
  if (options.appId !== undefined && appId !== options.appId) {
    options.log.warn("A delivery for another app was dropped", { appId: textOf(appId) });
    return false;
  }
  return true;
}

async function wasSeen(body: unknown, { seen, log }: HardeningOptions): Promise<boolean> {
  const key = deliveryKey(body);
  if (key === undefined) return false;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${SEEN_BUDGET_MS} ms`)), SEEN_BUDGET_MS);
  });
  try {
    return await Promise.race([seen(key), tooLate]);
  } catch (error) {
    log.warn("Repeated deliveries can't be told now", { reason: reasonOf(error) });
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function settled(inFlight: ReadonlySet<Promise<void>>, deadlineMs: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([Promise.allSettled(inFlight), deadline]);
  clearTimeout(timer);
  return inFlight.size;
}

/** Only a command's acknowledgement may carry a text; everything else gets an empty one and nothing happens. */
function foreignAnswer(body: unknown): unknown {
  return isCommand(body)
    ? {
        response_type: "ephemeral",
        text: "This app works for members of its own workspace only. Nothing was done.",
      }
    : undefined;
}

function busyAnswer(body: unknown): unknown {
  const sentence = "The bot is restarting. Nothing was done; try again in a minute.";
  return isCommand(body)
    ? { response_type: "ephemeral", text: sentence }
    : answerOnForm(body, `${sentence} What you typed is still here.`);
}

function isCommand(body: unknown): boolean {
  return isObject(body) && typeof body["command"] === "string";
}

function userOf(body: Record<string, unknown>): string {
  const { user } = body;
  return textOf(isObject(user) ? user["id"] : (body["user_id"] ?? user));
}

/** Only for the log: what it says is nobody's word yet. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 64) : "unknown";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
