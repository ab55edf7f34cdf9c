import type { Persona } from "../slack/driver.ts";
import { objectOf, objectsOf, textOf } from "../slack/json.ts";
import { stateFor } from "../slack/state-values.ts";
import { stackOf } from "../slack/views.ts";
import type { Channel, Message, Person, View, Workspace } from "../slack/workspace.ts";
import type { PageChannel, PageMessage, PagePerson, PageView, Seen } from "./page-api.ts";

/** Ids of requests, in texts and in the values of buttons. */
const requestIds = /\bR[0-9A-HJKMNP-TV-Z]{16}\b/g;

/** What a persona's client shows: their channels, the open channel and thread, the modal on top, the Home tab. */
export function seeWorkspace(
  workspace: Workspace,
  persona: Persona,
  open: { channel: string; thread: string },
): Seen {
  const { id } = persona;
  // Slack's client lists the app under Apps from the start; here its conversation is there from the start.
  workspace.directMessage(id);
  const channels = persona.channels();
  const mine = channels.find((channel) => channel.id === open.channel);
  const history = mine ? messagesOf(workspace, mine.id, id) : [];
  const replies = countReplies(history);
  const draw = (message: Message) => seenMessage(workspace, message, id, replies.get(message.ts) ?? 0);
  const home = workspace.homes.get(id);
  const stack = stackOf(workspace, id);
  const top = stack.at(-1);
  return {
    channels: channels.map((channel) => channelLine(workspace, channel, id)),
    messages:
      mine && history.filter((message) => message.threadTs === undefined || message.replyBroadcast).map(draw),
    thread: history
      .filter((message) => message.ts === open.thread || message.threadTs === open.thread)
      .map(draw),
    modal: top && seenView(top, stack.length - 1),
    home: home && seenView(home, 0),
    names: namesOf(workspace),
    aheadMs: workspace.clock.aheadMs(),
  };
}

export function seePerson(person: Person): PagePerson {
  const kinds = [
    person.deleted && "deactivated",
    person.isUltraRestricted ? "single-channel guest" : person.isRestricted && "guest",
    person.isStranger && "other organisation",
    person.isBot && "bot",
  ];
  const { id, role, realName, tz, isBot } = person;
  return { id, role, name: realName, tz, isBot, kind: kinds.filter(Boolean).join(", ") };
}

/** History and what only this person sees, in one order. */
function messagesOf(workspace: Workspace, channel: string, userId: string): Message[] {
  const ephemerals = workspace.ephemerals.filter((message) => message.ephemeralFor === userId);
  return [...workspace.messages, ...ephemerals]
    .filter((message) => message.channel === channel)
    .toSorted((a, b) => (a.ts < b.ts ? -1 : 1));
}

function channelLine(workspace: Workspace, channel: Channel, userId: string): PageChannel {
  const isHere = (message: Message) =>
    message.channel === channel.id && (message.ephemeralFor ?? userId) === userId;
  const latest = [workspace.messages.findLast(isHere)?.ts, workspace.ephemerals.findLast(isHere)?.ts]
    .filter((ts) => ts !== undefined)
    .toSorted()
    .at(-1);
  return {
    id: channel.id,
    name: channel.im ? "jit" : channel.name,
    kind: channel.im ? "dm" : channel.isPrivate ? "private" : "channel",
    isArchived: channel.isArchived,
    isShared: channel.isExtShared,
    hasBot: channel.members.has(workspace.app.botUserId),
    members: channel.members.size,
    ...(latest === undefined ? {} : { latest }),
  };
}

function seenMessage(workspace: Workspace, message: Message, userId: string, replies: number): PageMessage {
  const { channel, ts, threadTs, text, blocks } = message;
  const spoken = JSON.stringify([text, blocks]).match(requestIds) ?? [];
  return {
    channel,
    ts,
    threadTs,
    author: message.user,
    isBot: message.botId !== undefined,
    ephemeral: message.ephemeralFor !== undefined,
    edited: message.editedTs !== undefined,
    text,
    blocks,
    values: stateFor(blocks, message.state.get(userId)),
    files: message.fileIds.map((id) => {
      const file = workspace.files.get(id);
      return { id, name: file?.name ?? "", bytes: file?.length ?? 0, deleted: file?.deleted ?? true };
    }),
    replies,
    requests: [...new Set(spoken)],
  };
}

/** By the ts of the message that they reply to; what one person alone sees is no reply. */
function countReplies(history: readonly Message[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { threadTs, ephemeralFor } of history) {
    if (threadTs === undefined || ephemeralFor !== undefined) continue;
    counts.set(threadTs, (counts.get(threadTs) ?? 0) + 1);
  }
  return counts;
}

function seenView({ id, hash, json, values, errors }: View, below: number): PageView {
  const label = (name: string) => textOf(objectOf(json[name])["text"]);
  return {
    id,
    hash,
    below,
    title: label("title"),
    submit: label("submit") || undefined,
    close: label("close") || "Cancel",
    blocks: objectsOf(json["blocks"]),
    values,
    errors,
  };
}

function namesOf(workspace: Workspace): Record<string, string> {
  return Object.fromEntries([
    ...[...workspace.people.values()].map(({ id, realName }) => [id, `@${realName}`]),
    ...[...workspace.channels.values()].map(({ id, name, im }) => [id, im ? "direct message" : `#${name}`]),
    ...[...workspace.userGroups.values()].map(({ id, handle }) => [id, `@${handle}`]),
  ]) as Record<string, string>;
}
