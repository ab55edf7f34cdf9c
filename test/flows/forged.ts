import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../src/sandbox/slack/json.ts";
import type { Ack } from "../../src/sandbox/slack/delivery/transport.ts";
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

/** The last form that this person sent, as Slack delivered it. */
export function lastSubmissionOf(slack: SlackPeer, userId: string): JsonObject {
  const submission = slack.record
    .deliveries("view_submission")
    .findLast(({ payload }) => (payload["user"] as JsonObject)["id"] === userId);
  if (!submission) throw new Error(`${userId} has sent no form yet`);
  return submission.payload;
}

/** The same form with other values by block id, past the checks of Slack's client, as a form of its own. */
export function submitAgain(
  slack: SlackPeer,
  submission: JsonObject,
  values: Record<string, string>,
): Promise<Ack> {
  const payload = structuredClone(submission);
  const view = payload["view"] as JsonObject;
  const state = view["state"] as { values: Record<string, Record<string, JsonObject>> };
  for (const [block, value] of Object.entries(values))
    for (const field of Object.values(state.values[block] ?? {})) field["value"] = value;
  view["id"] = `V${randomUUID()}`;
  payload["trigger_id"] = randomUUID();
  return slack.deliver({ kind: "interactive", acceptsResponse: true, payload });
}
