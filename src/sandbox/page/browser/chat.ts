import type { PageChannel, PageView, Seen } from "../page-api.ts";
import type { Acts, Reader } from "./acts.ts";
import { drawBlock } from "./blocks.ts";
import { h, patchList } from "./dom.ts";
import type { Tab } from "./tab.ts";

/** The channels, direct messages and the app's Home, as a list of places to go. */
export function drawChannels(
  box: HTMLElement,
  channels: readonly PageChannel[],
  tab: Tab,
  go: (channel: string) => void,
): void {
  const open = channels.find(({ id }) => id === tab.channel);
  if (open?.latest) tab.read.set(open.id, open.latest);
  const items = [
    ...channels.filter(({ kind }) => kind !== "dm"),
    ...channels.filter(({ kind }) => kind === "dm"),
    { id: "home", name: "JIT home", kind: "home" as const },
  ];
  patchList(box, items, {
    key: ({ id }) => id,
    signature: (item) => JSON.stringify([item, isUnread(item, tab), item.id === tab.channel]),
    draw: (item) => {
      const unread = isUnread(item, tab);
      return h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: unread ? "place unread" : "place",
            "data-focus": item.id,
            "aria-current": item.id === tab.channel ? "page" : undefined,
            onclick: () => go(item.id),
          },
          placeName(item),
          unread && h("span", { class: "tag" }, "new"),
          item.kind === "private" && h("span", { class: "tag" }, "private"),
          "isShared" in item && item.isShared && h("span", { class: "tag shared" }, "shared"),
          "isArchived" in item && item.isArchived && h("span", { class: "tag" }, "archived"),
        ),
      );
    },
  });
}

export function placeName(item: { name: string; kind: string }): string {
  if (item.kind === "dm") return "Direct message with jit";
  if (item.kind === "home") return "Home of jit";
  return `#${item.name}`;
}

/** What stands under a channel's name. */
export function channelFacts(channel: PageChannel | undefined): string {
  if (!channel) return "";
  return [
    channel.kind === "dm" ? "only you and the app" : `${channel.members} members`,
    channel.isShared && "shared with another organisation",
    channel.isArchived && "archived",
    !channel.hasBot && "jit is not a member",
  ]
    .filter(Boolean)
    .join(" · ");
}

export function drawHome(box: HTMLElement, home: PageView | undefined, acts: Acts, reader: Reader): void {
  const surface = acts.surface(
    { on: "home" },
    { ...reader, values: home?.values ?? {}, typed: () => undefined },
  );
  patchList(box, home?.blocks ?? [], {
    key: (block) => String(block["block_id"]),
    signature: (block) => JSON.stringify(block),
    draw: (block) => drawBlock(block, surface),
  });
}

function isUnread(item: { id: string; latest?: string }, tab: Tab): boolean {
  return item.latest !== undefined && item.latest > (tab.read.get(item.id) ?? "");
}

/** Everything that stands when a tab opens counts as read. */
export function markAllRead(seen: Seen, tab: Tab): void {
  for (const { id, latest } of seen.channels) if (latest) tab.read.set(id, latest);
}
