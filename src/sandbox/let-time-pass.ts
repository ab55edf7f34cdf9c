import type { Sandbox } from "./start-sandbox.ts";

type Clocks = Pick<Sandbox, "slack" | "aws" | "bot">;

/** Sets the clocks of AWS, of Slack and of the bot's host ahead together: nobody is left behind who could disagree. */
export function letTimePass({ slack, aws, bot }: Clocks, ms: number): void {
  aws.clock.advance(ms);
  const aheadMs = aws.clock.offsetMs();
  bot.setClock(aheadMs);
  slack.faults.advanceClock(aheadMs - slack.workspace.clock.aheadMs());
  slack.faults.skewSignatures(aheadMs / 1_000);
}

/** Back to this machine's time, for a sandbox in which nothing has happened yet. */
export function setClocksRight(sandbox: Clocks): void {
  letTimePass(sandbox, -sandbox.aws.clock.offsetMs());
}
