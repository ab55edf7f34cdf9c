import { SlackError } from "../slack-error.ts";
import type { Method } from "./method.ts";

export const identityMethods: Record<string, Method> = {
  "api.test": { token: "bot", scopes: [], run: (_peer, args) => ({ args }) },
  "auth.test": {
    token: "bot",
    scopes: [],
    run: ({ workspace }) => ({
      url: `https://${workspace.team.domain}.slack.com/`,
      team: workspace.team.name,
      user: workspace.app.name,
      team_id: workspace.team.id,
      user_id: workspace.app.botUserId,
      bot_id: workspace.app.botId,
      is_enterprise_install: false,
    }),
  },
  "apps.connections.open": {
    token: "app",
    scopes: ["connections:write"],
    run(peer) {
      if (!peer.socketUrl) throw new SlackError("socket_mode_not_enabled");
      return { url: peer.socketUrl() };
    },
  },
};
