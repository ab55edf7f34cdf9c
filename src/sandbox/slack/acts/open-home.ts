import type { Peer } from "../peer.ts";
import { viewJson } from "../views.ts";
import type { Person } from "../workspace.ts";
import { deliverAppEvent } from "./deliver-app-event.ts";
import type { PartialOutcome } from "./outcome.ts";

/** A person opens the app's Home tab: the event `app_home_opened`. */
export async function openHome(peer: Peer, person: Person): Promise<PartialOutcome> {
  const { workspace } = peer;
  const home = workspace.homes.get(person.id);
  const ack = await deliverAppEvent(peer, {
    type: "app_home_opened",
    user: person.id,
    channel: workspace.directMessage(person.id).id,
    tab: "home",
    ...(home ? { view: viewJson(workspace, home) } : {}),
  });
  return { status: "ok", ack };
}
