import { objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import { renderMessage, renderView } from "../render/render-message.ts";
import type { StateValues } from "../state-values.ts";
import type { Message, View, Workspace } from "../workspace.ts";

/** A message as one person saw it at one moment. It does not change when the message does. */
export type SeenMessage = {
  channel: string;
  ts: string;
  threadTs: string | undefined;
  user: string;
  /** Only this person sees it. */
  ephemeral: boolean;
  edited: boolean;
  /** The fallback: notification, screen reader. */
  text: string;
  blocks: JsonObject[];
  files: { id: string; name: string; deleted: boolean }[];
  /** Everything in it as plain text. */
  rendered: string;
};

/** A modal or Home as its person saw it at one moment. */
export type SeenView = {
  id: string;
  type: "modal" | "home";
  title: string;
  callbackId: string;
  hash: string;
  blocks: JsonObject[];
  values: StateValues;
  /** Shown beside the fields, by block id. */
  errors: Record<string, string>;
  rendered: string;
};

export function seenMessage(workspace: Workspace, message: Message, userId: string): SeenMessage {
  return {
    channel: message.channel,
    ts: message.ts,
    threadTs: message.threadTs,
    user: message.user,
    ephemeral: message.ephemeralFor !== undefined,
    edited: message.editedTs !== undefined,
    text: message.text,
    blocks: structuredClone(message.blocks),
    files: message.fileIds.map((id) => {
      const file = workspace.files.get(id);
      return { id, name: file?.name ?? "", deleted: file?.deleted ?? true };
    }),
    rendered: renderMessage(workspace, message, userId),
  };
}

export function seenView(workspace: Workspace, view: View): SeenView {
  return {
    id: view.id,
    type: view.type,
    title: textOf(objectOf(view.json["title"])["text"]),
    callbackId: textOf(view.json["callback_id"]),
    hash: view.hash,
    blocks: structuredClone(objectsOf(view.json["blocks"])),
    values: structuredClone(view.values),
    errors: { ...view.errors },
    rendered: renderView(workspace, view),
  };
}
