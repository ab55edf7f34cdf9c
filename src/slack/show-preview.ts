import type { Request, Run } from "../request/request.ts";
import type { Row } from "../workflow/ports.ts";
import { maskedPreview, previewWithheld } from "./blocks/result-messages.ts";
import { afterItsStart, type StartDeps } from "./after-its-start.ts";
import { hashOf } from "./bring-copy.ts";
import type { ChannelFacts } from "./channel-facts.ts";
import { type Cursor, findCopy } from "./projection-cursor.ts";
import { rememberOrRemove } from "./remember-or-remove.ts";
import type { NotSent, SlackPoster } from "./slack-poster.ts";

type Deps = StartDeps & {
  slack: SlackPoster;
  channelFacts: (channel: string) => Promise<ChannelFacts>;
};

/**
 * A masked preview below the card, where both the runbook and the policy allow one and the channel, asked at this
 * moment, is nobody else's. A courtesy: it never throws, and its failure is logged and changes nothing for the rows,
 * which are with their requester by then.
 *
 * @returns why none stands there although the runbook has one
 */
export async function showPreview(
  deps: Deps,
  cursor: Cursor,
  request: Request,
  run: Run,
  rows: readonly Row[],
  isAllowed: boolean,
): Promise<string | undefined> {
  try {
    const outcome = await postPreview(deps, cursor, request, run, rows, isAllowed);
    if (typeof outcome !== "object") return outcome;
    deps.log.warn("A preview could not be posted", { ...outcome, ...about(request, run) });
  } catch (error) {
    deps.log.error("A preview failed", { error, ...about(request, run) });
  }
  return "it could not be posted";
}

async function postPreview(
  deps: Deps,
  before: Cursor,
  request: Request,
  run: Run,
  rows: readonly Row[],
  isAllowed: boolean,
): Promise<NotSent | string | undefined> {
  // Where none was ever allowed, nobody misses it.
  if (request.plan.output.audience !== "thread-preview" || !request.approval.allowPreview) return undefined;
  const { slack, channelFacts } = deps;
  const cursor = await afterItsStart(deps, before, request, run);
  const key = `preview/${run.no}`;
  const card = findCopy(cursor.projection, "card", "card");
  const stands = (["rows", "no-rows"] as const).some((role) => findCopy(cursor.projection, role, key));
  if (!card || stands) return undefined;
  const obstacle = isAllowed
    ? obstacleIn(await channelFacts(card.channel))
    : "the policy does not let a preview stand here any more";
  const message = obstacle === undefined ? maskedPreview(request, run, rows) : previewWithheld(run, obstacle);
  const sent = await slack.post({ channel: card.channel, threadTs: card.ts }, message);
  if (sent.status !== "posted") return sent;
  const { channel, ts } = sent;
  const role = obstacle === undefined ? "rows" : "no-rows";
  await rememberOrRemove(slack, cursor, { role, key, channel, ts, shown: hashOf(message) });
  return obstacle;
}

function about(request: Request, run: Run): { requestId: string; run: number } {
  return { requestId: request.id, run: run.no };
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
