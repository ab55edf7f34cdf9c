import { objectsOf, textOf, type JsonObject } from "../json.ts";
import { messageJson, payloadChannel } from "../messages.ts";
import type { Peer } from "../peer.ts";
import { CannotAct } from "../slack-error.ts";
import type { PlacedElement } from "../state-values.ts";
import { viewJson } from "../views.ts";
import type { Person } from "../workspace.ts";
import { interactionBase } from "./payload-parts.ts";
import type { Place } from "./use-element.ts";

const defaultMinQueryLength = 3;

/**
 * A person types into an external menu: `block_suggestion`. Returns what the app offers, none when it fails.
 *
 * @throws CannotAct when the text is too short for Slack to ask
 */
export async function suggest(
  peer: Peer,
  person: Person,
  place: Place,
  placed: PlacedElement,
  query: string,
): Promise<JsonObject[]> {
  const min = Number(placed.element["min_query_length"] ?? defaultMinQueryLength);
  if (query.length < min) throw new CannotAct(`type at least ${min} characters to search`);
  const payload = {
    type: "block_suggestion",
    ...interactionBase(peer, person),
    action_id: placed.actionId,
    block_id: placed.blockId,
    value: query,
    ...("view" in place
      ? {
          container: { type: "view", view_id: place.view.id },
          view: viewJson(peer.workspace, place.view),
        }
      : {
          container: { type: "message", message_ts: place.message.ts, channel_id: place.message.channel },
          channel: payloadChannel(peer.workspace.channel(place.message.channel)),
          message: messageJson(peer.workspace, place.message),
        }),
  };
  const ack = await peer.deliveries.deliver({ kind: "interactive", payload, acceptsResponse: true });
  if (ack.status !== "acked" || !ack.payload) return [];
  return [
    ...objectsOf(ack.payload["options"]),
    ...objectsOf(ack.payload["option_groups"]).flatMap((group) => objectsOf(group["options"])),
  ].filter((option) => textOf(option["value"]) !== "");
}
