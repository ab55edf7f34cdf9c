import { isObject, textOf, type JsonObject } from "../json.ts";
import { messageJson, payloadChannel } from "../messages.ts";
import type { Peer } from "../peer.ts";
import { renderConfirm } from "../render/render-element.ts";
import { namesOf } from "../render/names.ts";
import { CannotAct } from "../slack-error.ts";
import { slotOf, stateFor, type PlacedElement, type StateValues } from "../state-values.ts";
import { viewJson } from "../views.ts";
import type { Message, Person, View } from "../workspace.ts";
import { chooseValue, type Typed } from "./choose-value.ts";
import { findElement } from "./find-element.ts";
import { failureShown, type PartialOutcome } from "./outcome.ts";
import { interactionBase } from "./payload-parts.ts";
import { suggest } from "./suggest.ts";

/** Where an element stands. `blocks` are those the person's client shows, which may be behind the app's. */
export type Place = { message: Message; blocks: JsonObject[] } | { view: View; blocks: JsonObject[] };

export type UseOptions = {
  /** For a menu or field. */
  value?: Typed;
  /** Answer the confirmation dialog with no. */
  dismiss?: boolean;
};

/** A person presses a button or changes a menu or field: `block_actions`, where Slack sends it. */
export async function useElement(
  peer: Peer,
  person: Person,
  place: Place,
  wanted: string,
  options: UseOptions,
): Promise<PartialOutcome> {
  const placed = findElement(place.blocks, wanted);
  const { element, block } = placed;
  if (options.dismiss) {
    if (!isObject(element["confirm"])) throw new CannotAct(`"${wanted}" asks no question to dismiss`);
    return { status: "dismissed", shown: renderConfirm(element, namesOf(peer.workspace)).join("\n").trim() };
  }
  const chosen = await choose(peer, person, place, placed, options.value);
  const isQuietInput = block["type"] === "input" && block["dispatch_action"] !== true;
  if (isQuietInput) return { status: "ok" };
  const payload = {
    type: "block_actions",
    ...interactionBase(peer, person),
    ...placePart(peer, person, place),
    actions: [actionPart(peer, placed, chosen)],
  };
  const ack = await peer.deliveries.deliver({ kind: "interactive", payload, acceptsResponse: false });
  return ack.status === "acked"
    ? { status: "ok", ack }
    : { status: "error", shown: failureShown(ack, "element"), ack };
}

/** Puts the person's choice into the state of the message or view. */
async function choose(
  peer: Peer,
  person: Person,
  place: Place,
  placed: PlacedElement,
  typed: Typed | undefined,
): Promise<unknown> {
  const { element, blockId, actionId } = placed;
  const slot = slotOf(element);
  if (typed === undefined) {
    if (slot !== undefined || element["type"] === "overflow")
      throw new CannotAct(`"${actionId}" needs a value`);
    return undefined;
  }
  const isExternal = textOf(element["type"]).includes("external_select");
  const offered = isExternal ? await suggest(peer, person, place, placed, externalQuery(typed)) : [];
  const value = chooseValue(peer.workspace, element, typed, offered);
  if (slot === undefined) return value;
  const values = stateOf(place, person);
  (values[blockId] ??= {})[actionId] = { type: element["type"], [slot]: value };
  if ("view" in place) delete place.view.errors[blockId];
  peer.workspace.changes.notify();
  return value;
}

function stateOf(place: Place, person: Person): StateValues {
  if ("view" in place) return place.view.values;
  const values = stateFor(place.message.blocks, place.message.state.get(person.id));
  place.message.state.set(person.id, values);
  return values;
}

function externalQuery(typed: Typed): string {
  return Array.isArray(typed) ? String(typed[0] ?? "") : String(typed ?? "");
}

function placePart(peer: Peer, person: Person, place: Place): JsonObject {
  if ("view" in place) {
    return {
      container: { type: "view", view_id: place.view.id },
      trigger_id: peer.triggers.issue(person.id, place.view.id),
      view: viewJson(peer.workspace, place.view),
    };
  }
  const { message } = place;
  const channel = peer.workspace.channel(message.channel);
  const isEphemeral = message.ephemeralFor !== undefined;
  return {
    container: {
      type: "message",
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: isEphemeral,
      ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
    },
    trigger_id: peer.triggers.issue(person.id),
    channel: payloadChannel(channel),
    ...(isEphemeral ? {} : { message: messageJson(peer.workspace, message) }),
    state: { values: stateFor(message.blocks, message.state.get(person.id)) },
    response_url: peer.responseUrls.issue("actions", {
      channel: message.channel,
      userId: person.id,
      source: message,
    }),
  };
}

function actionPart(peer: Peer, placed: PlacedElement, chosen: unknown): JsonObject {
  const { element, blockId, actionId } = placed;
  const {
    initial_option: _,
    initial_options: __,
    options: ___,
    option_groups: ____,
    confirm: _____,
    ...shown
  } = element;
  const slot = element["type"] === "overflow" ? "selected_option" : slotOf(element);
  return {
    ...shown,
    action_id: actionId,
    block_id: blockId,
    ...(slot === undefined ? {} : { [slot]: chosen }),
    action_ts: peer.workspace.ids.ts(),
  };
}
