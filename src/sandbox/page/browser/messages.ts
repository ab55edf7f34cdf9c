import type { About, PageMessage } from "../page-api.ts";
import type { Acts, Reader } from "./acts.ts";
import { drawBlock } from "./blocks.ts";
import { h, patchList } from "./dom.ts";
import { formatDate } from "./date-token.ts";
import { mrkdwn, type Viewer } from "./text.ts";

export type MessageDeps = {
  acts: Acts;
  reader: Reader;
  shortcuts: About["shortcuts"];
  openThread: (ts: string) => void;
  openRequest: (id: string) => void;
  inThread: boolean;
};

/** Brings a list of messages up to date; stays at its end when it was there. */
export function drawMessages(box: HTMLElement, messages: readonly PageMessage[], deps: MessageDeps): void {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const forWhom = JSON.stringify(deps.reader.viewer);
  patchList(box, messages, {
    key: (message) => `${message.channel}/${message.ts}`,
    signature: (message) => JSON.stringify(message) + forWhom,
    draw: (message) => drawMessage(message, deps),
  });
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function drawMessage(message: PageMessage, deps: MessageDeps): HTMLElement {
  const { viewer, people } = deps.reader;
  const author = viewer.names[message.author]?.replace(/^@/, "") ?? message.author;
  const surface = deps.acts.surface(
    { channel: message.channel, ts: message.ts },
    { viewer, people, values: message.values, typed: () => undefined },
  );
  const seconds = Number(message.ts);
  return h(
    "article",
    {
      class: message.ephemeral ? "message ephemeral" : "message",
      "aria-label": `${author}, ${time(seconds, viewer)}`,
    },
    h("div", { class: message.isBot ? "avatar bot" : "avatar", "aria-hidden": "true" }, initials(author)),
    h(
      "div",
      { class: "body" },
      h(
        "div",
        { class: "byline" },
        h("strong", {}, author),
        message.isBot && h("span", { class: "tag" }, "app"),
        h("time", { datetime: new Date(seconds * 1000).toISOString() }, time(seconds, viewer)),
        message.edited && h("span", { class: "edited" }, "(edited)"),
      ),
      message.ephemeral && h("p", { class: "only-you" }, "Only visible to you"),
      message.blocks.length === 0
        ? h("p", { class: "text" }, mrkdwn(message.text, viewer))
        : message.blocks.map((block) => drawBlock(block, surface)),
      message.files.map((file) => drawFile(file, deps)),
      footer(message, deps),
    ),
  );
}

function drawFile(
  { id, name, bytes, deleted }: PageMessage["files"][number],
  { acts }: MessageDeps,
): HTMLElement {
  if (deleted) return h("p", { class: "file gone" }, "This file was deleted.");
  return h(
    "button",
    { type: "button", class: "file", "data-focus": id, onclick: () => void acts.file(id, name) },
    `Download ${name} (${bytes} bytes)`,
  );
}

function footer(message: PageMessage, deps: MessageDeps): HTMLElement {
  const { acts, openThread, openRequest, shortcuts, inThread } = deps;
  const replies =
    message.replies > 0
      ? `${message.replies} ${message.replies === 1 ? "reply" : "replies"}`
      : "Reply in thread";
  return h(
    "div",
    { class: "foot" },
    !inThread &&
      !message.ephemeral &&
      h(
        "button",
        {
          type: "button",
          class: message.replies > 0 ? "link replies" : "link",
          "data-focus": "thread",
          onclick: () => openThread(message.ts),
        },
        replies,
      ),
    message.requests.map((id) =>
      h(
        "button",
        {
          type: "button",
          class: "link",
          "data-focus": id,
          onclick: () => openRequest(id),
          "aria-label": `Look inside request ${id}`,
        },
        message.requests.length > 1 ? `Look inside ${id}` : "Look inside",
      ),
    ),
    shortcuts
      .filter(({ type }) => type === "message")
      .map(({ name, callbackId }) =>
        h(
          "button",
          { type: "button", class: "link", onclick: () => void acts.shortcut(callbackId, message) },
          name,
        ),
      ),
  );
}

function time(seconds: number, viewer: Viewer): string {
  return formatDate(seconds, "{time_secs}", viewer);
}

function initials(name: string): string {
  return name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.slice(0, 1).toUpperCase())
    .join("");
}
