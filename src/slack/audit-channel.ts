import { setTimeout as wait } from "node:timers/promises";
import { RetryableError } from "../errors.ts";
import type { Alarms, Log } from "../workflow/ports.ts";
import { section } from "./blocks/elements.ts";
import { literal, markup } from "./blocks/markup.ts";
import type { SlackPoster } from "./slack-poster.ts";

/** Ends of access are looked after one by one, and none of them waits longer for Slack. */
const PATIENCE_MS = 3_000;

/** Alarms and news for those who watch over the product, in a channel of theirs; without one they stand in the log alone. */
export function createAuditChannel(deps: {
  slack: Pick<SlackPoster, "post">;
  channel: string | undefined;
  log: Log;
}): Alarms {
  const say = async (text: ReturnType<typeof markup>) => {
    if (deps.channel === undefined) return;
    const post = deps.slack.post({ channel: deps.channel }, { text, blocks: [section(text)] });
    const sent = await Promise.race([
      post,
      wait(PATIENCE_MS, { status: "later" as const, cause: "no answer" }),
    ]);
    if (sent.status === "posted") return;
    if (sent.status === "later")
      throw new RetryableError("Slack did not take an alarm", { cause: sent.cause });
    deps.log.error("the audit channel can't be posted to; alarms stand in this log alone", {
      channel: deps.channel,
      reason: sent.status === "unreachable" ? sent.error : sent.status,
    });
  };
  return {
    raise: ({ about, text }) => say(markup`🚨 *Alarm* · \`${literal(about)}\` · ${literal(text)}`),
    tell: ({ about, text }) => say(markup`✔ \`${literal(about)}\` · ${literal(text)}`),
  };
}
