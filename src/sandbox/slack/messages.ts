import type { JsonObject } from "./json.ts";
import { withIds } from "./state-values.ts";
import type { Channel, Message, Workspace } from "./workspace.ts";

export type NewMessage = {
  channel: string;
  user: string;
  text: string;
  botId?: string;
  blocks?: JsonObject[];
  attachments?: JsonObject[];
  threadTs?: string;
  metadata?: JsonObject;
  replyBroadcast?: boolean;
  fileIds?: string[];
  ephemeralFor?: string;
};

/** Slack cuts `text` without a word beyond this many characters. */
const textCutAt = 40_000;

/** Adds a message to the channel's history or, when it is for one person only, to the ephemerals. */
export function addMessage(workspace: Workspace, fresh: NewMessage): Message {
  const { blocks, attachments, fileIds, text, ...rest } = fresh;
  const message: Message = {
    ...rest,
    ts: workspace.ids.ts(),
    text: text.slice(0, textCutAt),
    blocks: withIds(blocks ?? [], workspace.ids.random),
    attachments: attachments ?? [],
    fileIds: fileIds ?? [],
    state: new Map(),
  };
  (fresh.ephemeralFor === undefined ? workspace.messages : workspace.ephemerals).push(message);
  workspace.changes.notify();
  return message;
}

/** What the app may say as itself. */
export function asBot(workspace: Workspace): { user: string; botId: string } {
  return { user: workspace.app.botUserId, botId: workspace.app.botId };
}

export function findMessage(workspace: Workspace, channel: string, ts: string): Message | undefined {
  return workspace.messages.find((message) => message.channel === channel && message.ts === ts);
}

/** A message or ephemeral that the person sees. */
export function findSeen(
  workspace: Workspace,
  userId: string,
  channel: string,
  ts: string,
): Message | undefined {
  return (
    findMessage(workspace, channel, ts) ??
    workspace.ephemerals.find(
      (message) => message.channel === channel && message.ts === ts && message.ephemeralFor === userId,
    )
  );
}

/** Replaces what is given and leaves the rest; a text without blocks removes the old blocks. */
export function editMessage(
  workspace: Workspace,
  message: Message,
  change: { text?: string; blocks?: JsonObject[]; attachments?: JsonObject[]; metadata?: JsonObject },
): void {
  if (change.text !== undefined) message.text = change.text.slice(0, textCutAt);
  if (change.blocks) message.blocks = withIds(change.blocks, workspace.ids.random);
  else if (change.text !== undefined) message.blocks = [];
  if (change.attachments) message.attachments = change.attachments;
  if (change.metadata) message.metadata = change.metadata;
  message.editedTs = workspace.ids.ts();
  workspace.changes.notify();
}

export function removeMessage(workspace: Workspace, message: Message): void {
  for (const list of [workspace.messages, workspace.ephemerals]) {
    const index = list.indexOf(message);
    if (index >= 0) list.splice(index, 1);
  }
  workspace.changes.notify();
}

/** The message as Slack's API and payloads write it. */
export function messageJson(workspace: Workspace, message: Message): JsonObject {
  const replies = message.threadTs
    ? []
    : workspace.messages.filter((m) => m.channel === message.channel && m.threadTs === message.ts);
  const threadTs = message.threadTs ?? (replies.length > 0 ? message.ts : undefined);
  return {
    type: "message",
    ...(message.fileIds.length > 0 ? { subtype: "file_share", files: fileJson(workspace, message) } : {}),
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: workspace.people.get(message.user)?.teamId ?? workspace.team.id,
    ...(message.botId ? { bot_id: message.botId, app_id: workspace.app.appId } : {}),
    ...(threadTs ? { thread_ts: threadTs } : {}),
    ...(replies.length > 0 ? { reply_count: replies.length } : {}),
    ...(message.blocks.length > 0 ? { blocks: structuredClone(message.blocks) } : {}),
    ...(message.attachments.length > 0 ? { attachments: structuredClone(message.attachments) } : {}),
    ...(message.editedTs ? { edited: { user: message.user, ts: message.editedTs } } : {}),
    ...(message.metadata ? { metadata: message.metadata } : {}),
  };
}

/** The name that payloads give a channel: private ones don't tell theirs. */
export function payloadChannel(channel: Channel): { id: string; name: string } {
  return {
    id: channel.id,
    name: channel.im ? "directmessage" : channel.isPrivate ? "privategroup" : channel.name,
  };
}

function fileJson(workspace: Workspace, message: Message): JsonObject[] {
  return message.fileIds.map((id) => {
    const file = workspace.files.get(id);
    if (!file || file.deleted) return { id, mode: "tombstone" };
    return {
      id,
      name: file.name,
      title: file.title,
      size: file.length,
      mode: "hosted",
      url_private: `${workspace.baseUrl}/files/${id}/${encodeURIComponent(file.name)}`,
    };
  });
}
