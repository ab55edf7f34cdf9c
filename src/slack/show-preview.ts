import type { Request, Run } from "../request/request.ts";
import type { Log, Row } from "../workflow/ports.ts";
import { maskedPreview, previewWithheld } from "./blocks/result-messages.ts";
import { hashOf } from "./bring-copy.ts";
import type { ChannelFacts } from "./channel-facts.ts";
import { type Cursor, findCopy, withCopy } from "./projection-cursor.ts";
import type { SlackPoster } from "./slack-poster.ts";

/**
 * A masked preview below the card, where both the runbook and the policy allow one and the channel, asked at this
 * moment, is nobody else's. A courtesy: its failure is logged and changes nothing for the rows.
 */
export async function showPreview(
  deps: { slack: SlackPoster; channelFacts: (channel: string) => Promise<ChannelFacts>; log: Log },
  cursor: Cursor,
  request: Request,
  run: Run,
  rows: readonly Row[],
): Promise<void> {
  if (request.plan.output.audience !== "thread-preview" || !request.approval.allowPreview) return;
  const key = `preview/${run.no}`;
  const card = findCopy(cursor.projection, "card", "card");
  if (!card || findCopy(cursor.projection, "rows", key)) return;
  const obstacle = obstacleIn(await deps.channelFacts(card.channel));
  const message = obstacle === undefined ? maskedPreview(request, run, rows) : previewWithheld(run, obstacle);
  const sent = await deps.slack.post({ channel: card.channel, threadTs: card.ts }, message);
  if (sent.status !== "posted") {
    deps.log.warn("A preview could not be posted", {
      requestId: request.id,
      run: run.no,
      status: sent.status,
    });
    return;
  }
  const { channel, ts } = sent;
  await cursor.change((projection) =>
    withCopy(projection, { role: "rows", key, channel, ts, shown: hashOf(message) }),
  );
}

/** Why rows, even masked, don't belong in this channel; nothing when they do. */
function obstacleIn(facts: ChannelFacts): string | undefined {
  switch (facts.status) {
    case "unseen":
      return "I can’t see who reads this channel";
    case "unknown":
      return "Slack could not say who reads this channel";
    case "known":
      if (facts.shared) return "this channel is shared with another organisation, or about to be";
      if (facts.archived) return "this channel is archived";
      return facts.member ? undefined : "I am not a member of this channel";
  }
}
