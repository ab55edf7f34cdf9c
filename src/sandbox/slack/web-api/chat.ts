import { complaintsToError, validateMessageBlocks } from "../blocks/validate-blocks.ts";
import { isObject, objectsOf, textOf, type JsonObject } from "../json.ts";
import { addMessage, asBot, editMessage, findMessage, messageJson, removeMessage } from "../messages.ts";
import type { Peer } from "../peer.ts";
import { SlackError } from "../slack-error.ts";
import type { Channel, Message } from "../workspace.ts";
import { channelToPostIn, visibleChannel } from "./conversation-access.ts";
import { isTrue, required, type Method } from "./method.ts";

/** chat.update refuses longer texts; chat.postMessage cuts them at 40,000. */
const maxUpdateText = 4_000;
const maxAttachments = 100;
const scopes = ["chat:write"];

export const chatMethods: Record<string, Method> = {
  "chat.postMessage": {
    token: "bot",
    scopes,
    run(peer, args) {
      const channel = channelToPostIn(peer, required(args, "channel"));
      const content = contentOf(args);
      const message = addMessage(peer.workspace, {
        ...asBot(peer.workspace),
        ...content,
        ...threadOf(peer, channel, args),
        ...(isObject(args["metadata"]) ? { metadata: args["metadata"] } : {}),
        ...(isTrue(args["reply_broadcast"]) ? { replyBroadcast: true } : {}),
        channel: channel.id,
      });
      return { channel: channel.id, ts: message.ts, message: messageJson(peer.workspace, message) };
    },
  },
  "chat.update": {
    token: "bot",
    scopes,
    run(peer, args) {
      const { channel, message } = ownMessage(peer, args, "cant_update_message");
      if (channel.isArchived) throw new SlackError("is_inactive");
      if (textOf(args["text"]).length > maxUpdateText) throw new SlackError("msg_too_long");
      const content = contentOf(args);
      editMessage(peer.workspace, message, {
        text: content.text,
        ...(args["blocks"] === undefined ? {} : { blocks: content.blocks }),
        ...(args["attachments"] === undefined ? {} : { attachments: content.attachments }),
        ...(isObject(args["metadata"]) ? { metadata: args["metadata"] } : {}),
      });
      if (isTrue(args["reply_broadcast"])) message.replyBroadcast = true;
      return {
        channel: channel.id,
        ts: message.ts,
        text: message.text,
        message: messageJson(peer.workspace, message),
      };
    },
  },
  "chat.delete": {
    token: "bot",
    scopes,
    run(peer, args) {
      const { channel, message } = ownMessage(peer, args, "cant_delete_message");
      removeMessage(peer.workspace, message);
      return { channel: channel.id, ts: message.ts };
    },
  },
  "chat.postEphemeral": {
    token: "bot",
    scopes,
    run(peer, args) {
      const channel = channelToPostIn(peer, required(args, "channel"));
      const user = required(args, "user");
      if (!channel.members.has(user)) throw new SlackError("user_not_in_channel");
      const message = addMessage(peer.workspace, {
        ...asBot(peer.workspace),
        ...contentOf(args),
        ...threadOf(peer, channel, args),
        channel: channel.id,
        ephemeralFor: user,
      });
      return { message_ts: message.ts };
    },
  },
  "chat.getPermalink": {
    token: "bot",
    scopes: [],
    run(peer, args) {
      const channel = visibleChannel(peer, required(args, "channel"));
      const message = findMessage(peer.workspace, channel.id, required(args, "message_ts"));
      if (!message) throw new SlackError("message_not_found");
      const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : "";
      const domain = peer.workspace.team.domain;
      return {
        channel: channel.id,
        permalink: `https://${domain}.slack.com/archives/${channel.id}/p${message.ts.replace(".", "")}${thread}`,
      };
    },
  },
};

function contentOf(args: JsonObject): { text: string; blocks: JsonObject[]; attachments: JsonObject[] } {
  const markdown = textOf(args["markdown_text"]);
  const hasBlocks = args["blocks"] !== undefined;
  if (markdown !== "" && (hasBlocks || args["text"] !== undefined)) {
    throw new SlackError("markdown_text_conflict");
  }
  if (markdown.length > 12_000) throw new SlackError("msg_too_long");
  if (hasBlocks && !Array.isArray(args["blocks"])) throw new SlackError("invalid_blocks_format");
  if (args["attachments"] !== undefined && !Array.isArray(args["attachments"])) {
    throw new SlackError("invalid_attachments");
  }
  const complaints = hasBlocks ? validateMessageBlocks(args["blocks"]) : [];
  if (complaints.length > 0) throw complaintsToError("invalid_blocks", complaints);
  const attachments = objectsOf(args["attachments"]);
  if (attachments.length > maxAttachments) throw new SlackError("too_many_attachments");
  const blocks = markdown === "" ? objectsOf(args["blocks"]) : [{ type: "markdown", text: markdown }];
  const text = textOf(args["text"]);
  if (text === "" && blocks.length === 0 && attachments.length === 0) throw new SlackError("no_text");
  return { text, blocks, attachments };
}

/** A thread is named by its first message; a reply's ts is refused, where Slack would misplace the reply. */
function threadOf(peer: Peer, channel: Channel, args: JsonObject): { threadTs?: string } {
  const threadTs =
    typeof args["thread_ts"] === "number" ? String(args["thread_ts"]) : textOf(args["thread_ts"]);
  if (threadTs === "") return {};
  const parent = findMessage(peer.workspace, channel.id, threadTs);
  if (!parent) throw new SlackError("thread_not_found");
  if (parent.threadTs) throw new SlackError("cannot_reply_to_message");
  return { threadTs };
}

function ownMessage(peer: Peer, args: JsonObject, refusal: string): { channel: Channel; message: Message } {
  const id = required(args, "channel");
  const channel = visibleChannel(peer, id);
  const message = findMessage(peer.workspace, channel.id, required(args, "ts"));
  if (!message) throw new SlackError("message_not_found");
  if (message.botId !== peer.workspace.app.botId) throw new SlackError(refusal);
  return { channel, message };
}
