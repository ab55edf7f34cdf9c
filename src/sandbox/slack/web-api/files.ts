import { complaintsToError, validateMessageBlocks } from "../blocks/validate-blocks.ts";
import { objectsOf, textOf } from "../json.ts";
import { addMessage, asBot } from "../messages.ts";
import type { Peer } from "../peer.ts";
import { SlackError } from "../slack-error.ts";
import type { StoredFile } from "../workspace.ts";
import { channelToPostIn } from "./conversation-access.ts";
import { required, type Method } from "./method.ts";

const maxSnippetBytes = 1_000_000;
const scopes = ["files:write"];

export const fileMethods: Record<string, Method> = {
  "files.getUploadURLExternal": {
    token: "bot",
    scopes,
    run({ workspace }, args) {
      const name = required(args, "filename");
      const length = Number(required(args, "length"));
      if (!Number.isInteger(length) || length <= 0) throw new SlackError("invalid_arguments");
      if (textOf(args["snippet_type"]) !== "" && length > maxSnippetBytes)
        throw new SlackError("snippet_too_large");
      const id = workspace.ids.next("F");
      const uploadToken = workspace.ids.random();
      const file = { id, name, title: name, length, uploadToken, complete: false, deleted: false };
      workspace.files.set(id, { ...file, content: undefined, channels: new Set() });
      return { upload_url: `${workspace.baseUrl}/upload/v1/${id}/${uploadToken}`, file_id: id };
    },
  },
  "files.completeUploadExternal": {
    token: "bot",
    scopes,
    run(peer, args) {
      const named = objectsOf(args["files"]);
      if (named.length === 0) required(args, "files");
      const files = named.map((entry) => {
        const file = peer.workspace.files.get(textOf(entry["id"]));
        if (!file?.content || file.complete) throw new SlackError("file_not_found");
        file.title = textOf(entry["title"]) || file.name;
        return file;
      });
      const channels = (textOf(args["channel_id"]) || textOf(args["channels"])).split(",").filter(Boolean);
      for (const id of channels) share(peer, id, files, args);
      for (const file of files) file.complete = true;
      return { files: files.map((file) => ({ id: file.id, title: file.title })) };
    },
  },
  "files.delete": {
    token: "bot",
    scopes,
    run({ workspace }, args) {
      const file = workspace.files.get(required(args, "file"));
      if (!file?.complete) throw new SlackError("file_not_found");
      if (file.deleted) throw new SlackError("file_deleted");
      file.deleted = true;
      file.content = undefined;
      workspace.changes.notify();
      return {};
    },
  },
};

/**
 * Stores what was posted to an upload URL; the answer is Slack's plain text.
 *
 * @throws SlackError file_not_found
 */
export function receiveUpload(peer: Peer, id: string, token: string, content: Buffer): string {
  const file = peer.workspace.files.get(id);
  if (!file || file.uploadToken !== token || file.complete) throw new SlackError("file_not_found");
  file.content = content;
  file.length = content.length;
  peer.record.add({ kind: "upload", fileId: id, bytes: content.length });
  return `OK - ${content.length}`;
}

/** A file can be shared to a conversation only: a person's id is not one. */
function share(peer: Peer, channelId: string, files: StoredFile[], args: Record<string, unknown>): void {
  if (/^[UW]/.test(channelId)) throw new SlackError("channel_not_found");
  const channel = channelToPostIn(peer, channelId);
  const complaints = args["blocks"] === undefined ? [] : validateMessageBlocks(args["blocks"]);
  if (complaints.length > 0) throw complaintsToError("invalid_blocks", complaints);
  const threadTs = textOf(args["thread_ts"]);
  for (const file of files) file.channels.add(channel.id);
  addMessage(peer.workspace, {
    ...asBot(peer.workspace),
    channel: channel.id,
    text: textOf(args["initial_comment"]),
    blocks: objectsOf(args["blocks"]),
    fileIds: files.map((file) => file.id),
    ...(threadTs ? { threadTs } : {}),
  });
}
