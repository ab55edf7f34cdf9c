import { objectOf, objectsOf, textOf } from "../json.ts";
import { elementsOf, slotOf } from "../state-values.ts";
import type { Message, View, Workspace } from "../workspace.ts";
import { namesOf } from "./names.ts";
import { renderBlocks } from "./render-blocks.ts";
import { renderMrkdwn, renderTextObject } from "./render-text-object.ts";

/** A message as the person sees it: its blocks, or its text when it has none, then its files. */
export function renderMessage(workspace: Workspace, message: Message, userId: string): string {
  const names = namesOf(workspace);
  const context = { names, values: message.state.get(userId) ?? {}, errors: {} };
  const body =
    message.blocks.length > 0
      ? renderBlocks(message.blocks, context)
      : renderMrkdwn(message.text, names).split("\n");
  const attachments = message.attachments.flatMap((attachment) => [
    ...(textOf(attachment["text"]) ? [renderMrkdwn(textOf(attachment["text"]), names)] : []),
    ...renderBlocks(objectsOf(attachment["blocks"]), context),
  ]);
  const files = message.fileIds.map((id) => {
    const file = workspace.files.get(id);
    return !file || file.deleted ? "[file deleted]" : `[file: ${file.name}, ${file.length} bytes]`;
  });
  const comment = message.blocks.length === 0 && message.text === "" ? [] : body;
  return [...comment, ...attachments, ...files].join("\n");
}

/** A modal or Home with every field, its value, its error, and the buttons below. */
export function renderView(workspace: Workspace, view: View): string {
  const names = namesOf(workspace);
  const label = (name: string, fallback: string) =>
    renderTextObject(objectOf(view.json[name]), names) || fallback;
  const blocks = objectsOf(view.json["blocks"]);
  const lines = renderBlocks(blocks, { names, values: view.values, errors: view.errors });
  if (view.type === "home") return lines.join("\n");
  const asks = elementsOf(blocks).some(({ element }) => slotOf(element) !== undefined);
  const submit = view.json["submit"] || asks ? ` [${label("submit", "Submit")}]` : "";
  return [
    `=== ${label("title", "")} ===`,
    ...lines,
    `[${label("close", submit ? "Cancel" : "Close")}]${submit}`,
  ].join("\n");
}
