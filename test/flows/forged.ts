import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../src/sandbox/slack/json.ts";
import type { SlackPeer } from "../../src/sandbox/slack/start-slack.ts";

/** The last click that this person made, as Slack delivered it. */
export function lastClickOf(slack: SlackPeer, userId: string): JsonObject {
  const click = slack.record
    .deliveries("block_actions")
    .findLast(({ payload }) => (payload["user"] as JsonObject)["id"] === userId);
  if (!click) throw new Error(`${userId} has not clicked yet`);
  return click.payload;
}

/** The same click once more: as another act of its own, unless it is to look like Slack's repetition of the first. */
export async function deliverAgain(
  slack: SlackPeer,
  click: JsonObject,
  options: { actionId?: string; repetition?: number } = {},
): Promise<void> {
  const { actionId, repetition } = options;
  const [action] = click["actions"] as JsonObject[];
  await slack.deliver({
    kind: "interactive",
    acceptsResponse: false,
    payload: {
      ...click,
      ...(repetition === undefined ? { trigger_id: randomUUID() } : {}),
      actions: [{ ...action, ...(actionId === undefined ? {} : { action_id: actionId }) }],
    },
    ...(repetition === undefined ? {} : { retry: { num: repetition, reason: "http_timeout" } }),
  });
}
