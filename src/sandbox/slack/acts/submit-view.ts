import { checkView } from "../blocks/validate-view.ts";
import { objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { Peer } from "../peer.ts";
import { CannotAct, SlackError } from "../slack-error.ts";
import { elementsOf, valueIn } from "../state-values.ts";
import { dropModals, pushModal, removeModal, replaceView, viewJson } from "../views.ts";
import type { Person, View } from "../workspace.ts";
import { checkFields } from "./check-fields.ts";
import { failureShown, type PartialOutcome } from "./outcome.ts";
import { interactionBase } from "./payload-parts.ts";

/** A person submits a modal. The client checks the fields first and sends nothing when one is wrong. */
export async function submitView(peer: Peer, person: Person, view: View): Promise<PartialOutcome> {
  if (!view.json["submit"]) throw new CannotAct("this view has no submit button");
  const blocks = objectsOf(view.json["blocks"]);
  const found = checkFields(blocks, view.values);
  if (Object.keys(found).length > 0) return showErrors(peer, view, found);
  const payload = {
    type: "view_submission",
    ...interactionBase(peer, person),
    trigger_id: peer.triggers.issue(person.id, view.id),
    view: viewJson(peer.workspace, view),
    response_urls: responseUrls(peer, person, view),
  };
  const ack = await peer.deliveries.deliver({ kind: "interactive", payload, acceptsResponse: true });
  if (ack.status !== "acked") return { status: "error", shown: failureShown(ack, "view"), ack };
  try {
    return { ...carryOut(peer, person, view, ack.payload), ack };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const why = [error.code, ...objectsOfMessages(error)].join(" ");
    return { status: "error", shown: `We had some trouble connecting. Try again? (${why})`, ack };
  }
}

/** What the acknowledgement asks for: nothing closes this view. */
function carryOut(peer: Peer, person: Person, view: View, answer: JsonObject | undefined): PartialOutcome {
  const { workspace } = peer;
  switch (answer?.["response_action"]) {
    case undefined:
      removeModal(workspace, view);
      return { status: "ok" };
    case "clear":
      dropModals(workspace, person.id, "all");
      return { status: "ok" };
    case "update":
      replaceView(workspace, view, checkView(answer?.["view"], "modal"));
      return { status: "ok" };
    case "push":
      pushModal(workspace, person.id, checkView(answer?.["view"], "modal"));
      return { status: "ok" };
    case "errors":
      return showErrors(peer, view, knownErrors(view, objectOf(answer?.["errors"])));
    default:
      throw new SlackError("invalid_response_action");
  }
}

function showErrors(peer: Peer, view: View, errors: Record<string, string>): PartialOutcome {
  view.errors = errors;
  peer.workspace.changes.notify();
  return { status: "invalid", fieldErrors: errors };
}

/** @throws SlackError when an error names a block that is no input of this view, which Slack can't show */
function knownErrors(view: View, errors: JsonObject): Record<string, string> {
  const inputs = objectsOf(view.json["blocks"])
    .filter((block) => block["type"] === "input")
    .map((block) => textOf(block["block_id"]));
  const entries = Object.entries(errors).map(([blockId, message]): [string, string] => {
    if (!inputs.includes(blockId)) throw new SlackError(`no_such_input_block: ${blockId}`);
    return [blockId, textOf(message)];
  });
  if (entries.length === 0) throw new SlackError("no_errors_given");
  return Object.fromEntries(entries);
}

/** One for each conversation menu that was declared with `response_url_enabled`. */
function responseUrls(peer: Peer, person: Person, view: View): JsonObject[] {
  return elementsOf(objectsOf(view.json["blocks"])).flatMap(({ element, blockId, actionId }) => {
    const channel = textOf(valueIn(view.values[blockId]?.[actionId], element));
    if (element["response_url_enabled"] !== true || channel === "") return [];
    const target = { channel, userId: person.id, source: undefined };
    return [
      {
        block_id: blockId,
        action_id: actionId,
        channel_id: channel,
        response_url: peer.responseUrls.issue("app", target),
      },
    ];
  });
}

function objectsOfMessages(error: SlackError): string[] {
  const messages = objectOf(error.details["response_metadata"])["messages"];
  return Array.isArray(messages) ? messages.map(String) : [];
}
