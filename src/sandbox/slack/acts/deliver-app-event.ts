import type { Ack } from "../delivery/transport.ts";
import type { JsonObject } from "../json.ts";
import type { Peer } from "../peer.ts";

/** An event that the app listens to, in Slack's envelope; repeated when not acknowledged. */
export function deliverAppEvent(peer: Peer, event: JsonObject): Promise<Ack> {
  const { workspace } = peer;
  return peer.deliveries.deliverEvent({
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
    event: { ...event, event_ts: workspace.ids.ts() },
  });
}
