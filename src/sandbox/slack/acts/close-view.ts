import type { Peer } from "../peer.ts";
import { dropModals, stackOf, viewJson } from "../views.ts";
import type { Person, View } from "../workspace.ts";
import type { PartialOutcome } from "./outcome.ts";
import { interactionBase } from "./payload-parts.ts";

/**
 * A person closes the top modal, or with the x the whole stack. The app hears of it only when the view
 * asked for `notify_on_close`; the x names the root view.
 */
export async function closeView(
  peer: Peer,
  person: Person,
  view: View,
  all: boolean,
): Promise<PartialOutcome> {
  const isCleared = all || view.json["clear_on_close"] === true;
  const told = (isCleared ? stackOf(peer.workspace, person.id)[0] : view) ?? view;
  const payload = {
    type: "view_closed",
    ...interactionBase(peer, person),
    view: viewJson(peer.workspace, told),
    is_cleared: isCleared,
  };
  dropModals(peer.workspace, person.id, isCleared ? "all" : "top");
  if (told.json["notify_on_close"] !== true) return { status: "ok" };
  const ack = await peer.deliveries.deliver({ kind: "interactive", payload, acceptsResponse: false });
  return { status: "ok", ack };
}
