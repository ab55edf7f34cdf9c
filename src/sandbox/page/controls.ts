import { z } from "zod";
import { objectOf, objectsOf, textOf } from "../slack/json.ts";
import type { Sandbox } from "../start-sandbox.ts";
import type { ControlsReport } from "./page-api.ts";
import type { QueueReports } from "./queue-reports.ts";
import { resetSandbox } from "./reset-sandbox.ts";
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
    effect: z.enum(["slow", "throttle", "internal", "reset", "hang"]),
    ms: z.number().int().min(1).max(120_000).default(3_000),
    /** For so many calls; until cleared when absent. */
    times: z.number().int().min(1).max(1_000).optional(),
  }),
  z.strictObject({ do: z.literal("aws-down") }),
  z.strictObject({ do: z.literal("aws-clear") }),
  z.strictObject({ do: z.literal("athena-pace"), ms: z.number().int().min(0).max(600_000) }),
  z.strictObject({ do: z.literal("aws-clock"), advanceMs: z.number().int().min(0).max(86_400_000) }),
  z.strictObject({ do: z.literal("bot-kill") }),
  z.strictObject({ do: z.literal("bot-restart") }),
  z.strictObject({ do: z.literal("reset") }),
]);

type Control = z.infer<typeof controlSchema>;

export async function throwSwitch(sandbox: Sandbox, queues: QueueReports, control: Control): Promise<void> {
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
    case "aws-clock":
      return aws.clock.advance(control.advanceMs);
    case "bot-kill":
      return bot.kill();
    case "bot-restart":
      return bot.restart();
    case "reset":
      return resetSandbox(sandbox, queues);
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
      faults: objectsOf(faults["planned"]).map(
        ({ method, fault }) => `${textOf(method)}: ${JSON.stringify(fault)}`,
      ),
      shared: channels.filter((channel) => channel.isExtShared).map((channel) => channel.name),
      channels: channels.map((channel) => channel.name),
    },
    aws: {
      down: state.awsDown,
      faults: aws.faults.list().map(({ id, effect, operation, times }) => ({
        id,
        text: `${operation ?? "every call"}: ${JSON.stringify(effect)}${times === undefined ? "" : `, ${times} more`}`,
      })),
      now: aws.clock.now().toISOString(),
      offsetMs: aws.clock.offsetMs(),
      athenaMs: state.athenaMs,
    },
    bot: { running: bot.isRunning(), pid: bot.pid, busy: state.busy, lines: bot.lastLines().slice(-12) },
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
