import { z } from "zod";
import { objectOf, objectsOf } from "../slack/json.ts";
import type { Sandbox } from "../start-sandbox.ts";
import { letTimePass } from "../let-time-pass.ts";
import { awsFaultInWords, slackFaultInWords } from "./faults-in-words.ts";
import type { ControlsReport } from "./page-api.ts";
import type { QueueReports } from "./queue-reports.ts";
import type { RequestReports } from "./request-reports.ts";
import { resetSandbox } from "./reset-sandbox.ts";
import { timeToExpiry } from "./time-to-expiry.ts";
import type { WatchedRunbooks } from "./watched-runbooks.ts";

const until = { times: Number.POSITIVE_INFINITY };

/** One switch of the page. What a switch sets stays until its `clear`. */
export const controlSchema = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("slack-slow"), ms: z.number().int().min(1).max(30_000) }),
  z.strictObject({ do: z.literal("slack-limited"), retryAfterS: z.number().int().min(1).max(60) }),
  z.strictObject({ do: z.literal("slack-down") }),
  z.strictObject({ do: z.literal("slack-clear") }),
  z.strictObject({ do: z.literal("slack-share"), channel: z.string() }),
  z.strictObject({
    do: z.literal("aws-fault"),
    /** `AssumeRole`, `Query` …; every call when empty. */
    operation: z.string().max(60),
    /** Only calls that name it: the data that a run reads, or the bot's own table. Every one when empty. */
    table: z.string().max(60).default(""),
    effect: z.enum(["slow", "throttle", "internal", "reset", "hang"]),
    ms: z.number().int().min(1).max(120_000).default(3_000),
    /** For so many calls; until cleared when absent. */
    times: z.number().int().min(1).max(1_000).optional(),
  }),
  z.strictObject({ do: z.literal("aws-down") }),
  z.strictObject({ do: z.literal("aws-clear") }),
  z.strictObject({ do: z.literal("athena-pace"), ms: z.number().int().min(0).max(600_000) }),
  z.strictObject({
    do: z.literal("pass-time"),
    ms: z
      .number()
      .int()
      .min(1)
      .max(7 * 86_400_000),
  }),
  z.strictObject({ do: z.literal("expire-now") }),
  z.strictObject({ do: z.literal("bot-kill") }),
  z.strictObject({ do: z.literal("bot-restart") }),
  z.strictObject({ do: z.literal("reset") }),
]);

type Control = z.infer<typeof controlSchema>;

export type Behind = { queues: QueueReports; requests: RequestReports };

/** @throws CannotAct when there is nothing that the switch could do. */
export async function throwSwitch(sandbox: Sandbox, behind: Behind, control: Control): Promise<void> {
  const { slack, aws, bot } = sandbox;
  switch (control.do) {
    case "slack-slow":
      slack.faults.clear();
      return slack.faults.latency("*", control.ms, until);
    case "slack-limited":
      slack.faults.clear();
      return slack.faults.rateLimit("*", { retryAfterS: control.retryAfterS, ...until });
    case "slack-down":
      return slack.faults.down();
    case "slack-clear":
      return slack.faults.clear();
    case "slack-share":
      return slack.faults.shareChannel(control.channel);
    case "aws-fault":
      aws.faults.add({
        ...(control.operation ? { operation: control.operation } : {}),
        ...(control.table ? { table: control.table } : {}),
        ...(control.times === undefined ? {} : { times: control.times }),
        effect: effectOf(control),
      });
      return;
    case "aws-down":
      return aws.faults.down();
    case "aws-clear":
      aws.faults.clear();
      aws.athena.pace.set({});
      return aws.faults.up();
    case "athena-pace":
      return aws.athena.pace.set({ runMs: control.ms });
    case "pass-time":
      return letTimePass(sandbox, control.ms);
    case "expire-now":
      return letTimePass(sandbox, timeToExpiry(await behind.requests.all(), aws.clock.now()));
    case "bot-kill":
      return bot.kill();
    case "bot-restart":
      return bot.restart();
    case "reset":
      await resetSandbox(sandbox, behind.queues);
      return behind.requests.forget();
  }
}

type Effect = Parameters<Sandbox["aws"]["faults"]["add"]>[0]["effect"];

function effectOf({ effect, ms }: Extract<Control, { do: "aws-fault" }>): Effect {
  switch (effect) {
    case "slow":
      return { kind: "latency", latencyMs: ms };
    case "throttle":
    case "internal":
      return { kind: effect };
    case "reset":
    case "hang":
      return { kind: effect, when: "before" };
  }
}

/** What is switched how. `state` holds what no peer tells: whether AWS is down, the pace of its queries. */
export async function reportControls(
  { slack, aws, bot }: Sandbox,
  runbooks: WatchedRunbooks,
  state: { awsDown: boolean; athenaMs: number; busy: string },
): Promise<ControlsReport> {
  const { body } = await slack.control("GET", "/control/workspace");
  const faults = objectOf(objectOf(body)["faults"]);
  const channels = [...slack.workspace.channels.values()].filter((channel) => channel.im === undefined);
  return {
    slack: {
      down: faults["down"] === true,
      faults: objectsOf(faults["planned"]).map(({ fault }) => slackFaultInWords(objectOf(fault))),
      shared: channels.filter((channel) => channel.isExtShared).map((channel) => channel.name),
      channels: channels.map((channel) => channel.name),
    },
    aws: {
      down: state.awsDown,
      faults: aws.faults.list().map(awsFaultInWords),
      athenaMs: state.athenaMs,
    },
    bot: { running: bot.isRunning(), pid: bot.pid, busy: state.busy, lines: bot.lastLines().slice(-12) },
    clock: { aheadMs: aws.clock.offsetMs() },
    runbooks: runbooks.report(),
  };
}

/** What the switches so far leave behind that has to be remembered here. */
export function afterSwitch<S extends { awsDown: boolean; athenaMs: number }>(state: S, control: Control): S {
  if (control.do === "aws-down") return { ...state, awsDown: true };
  if (control.do === "athena-pace") return { ...state, athenaMs: control.ms };
  if (control.do === "aws-clear" || control.do === "reset") return { ...state, awsDown: false, athenaMs: 0 };
  return state;
}
