import type { JsonObject } from "../json.ts";
import type { Peer } from "../peer.ts";
import type { Person } from "../workspace.ts";

/** The fields that every interaction carries: who, from which workspace, to which app. */
export function interactionBase(peer: Peer, person: Person): JsonObject {
  return {
    user: { id: person.id, username: person.role, name: person.role, team_id: person.teamId },
    api_app_id: peer.workspace.app.appId,
    token: "legacy-verification-token",
    team: peer.workspace.teamOf(person),
    enterprise: null,
    is_enterprise_install: false,
  };
}
