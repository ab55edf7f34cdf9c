import type { Peer } from "../peer.ts";
import { viewJson } from "../views.ts";
import type { Person } from "../workspace.ts";
import type { PartialOutcome } from "./outcome.ts";

/** A person opens the app's Home tab: the event `app_home_opened`, repeated when not acknowledged. */
export async function openHome(peer: Peer, person: Person): Promise<PartialOutcome> {
  const { workspace } = peer;
  const home = workspace.homes.get(person.id);
  const ack = await peer.deliveries.deliverEvent({
    token: "legacy-verification-token",
    team_id: workspace.team.id,
    api_app_id: workspace.app.appId,
    type: "event_callback",
    event_id: workspace.ids.next("Ev"),
    event_time: Math.floor(workspace.clock.now() / 1000),
    event_context: "4-local",
    is_ext_shared_channel: false,
    authorizations: [
      {
        enterprise_id: null,
        team_id: workspace.team.id,
        user_id: workspace.app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    event: {
      type: "app_home_opened",
      user: person.id,
      channel: workspace.directMessage(person.id).id,
      tab: "home",
      event_ts: workspace.ids.ts(),
      ...(home ? { view: viewJson(workspace, home) } : {}),
    },
  });
  return { status: "ok", ack };
}
