import { textOf, type JsonObject } from "../json.ts";
import type { Peer } from "../peer.ts";
import { SlackError } from "../slack-error.ts";
import type { Channel } from "../workspace.ts";
import { visibleChannel } from "./conversation-access.ts";
import { isTrue, required, type Method } from "./method.ts";

const readScopes = ["channels:read", "groups:read", "im:read", "mpim:read"];

export const conversationMethods: Record<string, Method> = {
  "conversations.info": {
    token: "bot",
    scopes: readScopes,
    run(peer, args) {
      const channel = readable(peer, required(args, "channel"));
      return {
        channel: {
          ...channelJson(peer, channel),
          ...(isTrue(args["include_num_members"]) ? { num_members: channel.members.size } : {}),
        },
      };
    },
  },
  "conversations.members": {
    token: "bot",
    scopes: readScopes,
    run(peer, args) {
      const members = [...readable(peer, required(args, "channel")).members];
      const limit = Math.max(1, Math.min(1000, Number(args["limit"] ?? 100) || 100));
      const start = Number(Buffer.from(textOf(args["cursor"]), "base64").toString("utf8") || 0);
      if (!Number.isInteger(start) || start < 0) throw new SlackError("invalid_cursor");
      const end = start + limit;
      return {
        members: members.slice(start, end),
        response_metadata: {
          next_cursor: end < members.length ? Buffer.from(String(end)).toString("base64") : "",
        },
      };
    },
  },
  "conversations.open": {
    token: "bot",
    scopes: ["im:write", "mpim:write", "channels:manage"],
    run(peer, args) {
      const users = required(args, "users").split(",");
      const [only] = users;
      if (users.length > 8) throw new SlackError("too_many_users");
      const person = only === undefined || users.length > 1 ? undefined : peer.workspace.people.get(only);
      if (!person) throw new SlackError("user_not_found");
      if (person.deleted) throw new SlackError("user_disabled");
      if (person.isBot) throw new SlackError("cannot_dm_bot");
      const channel = peer.workspace.directMessage(person.id);
      return { channel: isTrue(args["return_im"]) ? channelJson(peer, channel) : { id: channel.id } };
    },
  },
};

/** Each kind of channel has its own read scope. */
function readable(peer: Peer, id: string): Channel {
  const channel = visibleChannel(peer, id);
  const scope = channel.im ? "im:read" : channel.isPrivate ? "groups:read" : "channels:read";
  if (!peer.grantedScopes.has(scope)) {
    throw new SlackError("missing_scope", { needed: scope, provided: [...peer.grantedScopes].join(",") });
  }
  return channel;
}

function channelJson(peer: Peer, channel: Channel): JsonObject {
  if (channel.im) {
    return { id: channel.id, is_im: true, user: channel.im, is_archived: false, is_org_shared: false };
  }
  const { workspace } = peer;
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.isPrivate,
    is_group: channel.isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_general: false,
    is_shared: channel.isExtShared,
    is_ext_shared: channel.isExtShared,
    is_org_shared: false,
    is_pending_ext_shared: false,
    is_member: channel.members.has(workspace.app.botUserId),
    context_team_id: workspace.team.id,
    shared_team_ids: channel.isExtShared ? [workspace.team.id, workspace.otherTeam.id] : [workspace.team.id],
    creator: "U0LEAD",
    created: 1_700_000_000,
    topic: { value: "", creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
  };
}
