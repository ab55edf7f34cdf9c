import type { Peer } from "../peer.ts";
import { SlackError } from "../slack-error.ts";
import type { Channel } from "../workspace.ts";

/**
 * The channel in which the bot may post. A person's id means the direct message with them.
 *
 * @throws SlackError channel_not_found, not_in_channel, is_archived, cannot_dm_bot
 */
export function channelToPostIn(peer: Peer, id: string): Channel {
  const channel = /^[UW]/.test(id) ? directMessageTo(peer, id) : visibleChannel(peer, id);
  const isMember = channel.members.has(peer.workspace.app.botUserId);
  const mayPostUninvited = peer.grantedScopes.has("chat:write.public") && !channel.isPrivate;
  if (!isMember && !mayPostUninvited) throw new SlackError("not_in_channel");
  if (channel.isArchived) throw new SlackError("is_archived");
  return channel;
}

/** A channel whose existence the bot may know: private ones only as a member. Names are not accepted. */
export function visibleChannel(peer: Peer, id: string): Channel {
  const channel = peer.workspace.channels.get(id);
  if (!channel || (channel.isPrivate && !channel.members.has(peer.workspace.app.botUserId))) {
    throw new SlackError("channel_not_found");
  }
  return channel;
}

function directMessageTo(peer: Peer, userId: string): Channel {
  const person = peer.workspace.people.get(userId);
  if (!person || person.deleted || person.isStranger) throw new SlackError("channel_not_found");
  if (person.isBot) throw new SlackError("cannot_dm_bot");
  return peer.workspace.directMessage(userId);
}
