import type { JsonObject } from "../json.ts";
import { messageJson, payloadChannel } from "../messages.ts";
import type { Peer } from "../peer.ts";
import type { Message, Person } from "../workspace.ts";
import { failureShown, type PartialOutcome } from "./outcome.ts";
import { interactionBase } from "./payload-parts.ts";

/** A person picks a shortcut: from the menu of a message, or the global one when there is no message. */
export async function useShortcut(
  peer: Peer,
  person: Person,
  callbackId: string,
  message: Message | undefined,
): Promise<PartialOutcome> {
  const payload = {
    type: message ? "message_action" : "shortcut",
    ...interactionBase(peer, person),
    callback_id: callbackId,
    action_ts: peer.workspace.ids.ts(),
    trigger_id: peer.triggers.issue(person.id),
    ...(message ? messagePart(peer, person, message) : {}),
  };
  const ack = await peer.deliveries.deliver({ kind: "interactive", payload, acceptsResponse: false });
  return ack.status === "acked"
    ? { status: "ok", ack }
    : { status: "error", shown: failureShown(ack, "element"), ack };
}

function messagePart(peer: Peer, person: Person, message: Message): JsonObject {
  return {
    channel: payloadChannel(peer.workspace.channel(message.channel)),
    message_ts: message.ts,
    message: messageJson(peer.workspace, message),
    response_url: peer.responseUrls.issue("app", {
      channel: message.channel,
      userId: person.id,
      source: undefined,
    }),
  };
}
