import type { About, PagePerson } from "../page-api.ts";
import type { Acts } from "./acts.ts";
import { composer } from "./composer.ts";
import { h } from "./dom.ts";
import { addressOf, type Side, type Tab, type View } from "./tab.ts";

export type Shell = ReturnType<typeof shell>;

const sides: [Side, string][] = [
  ["thread", "Thread"],
  ["request", "Inside"],
  ["queue", "Queue"],
  ["controls", "Controls"],
];
const views: [View, string][] = [
  ["channels", "Channels"],
  ["chat", "Chat"],
  ["side", "Behind"],
];

/** The frame of the page: who one is, where one can go, the conversation, and what lies behind it. */
export function shell(options: {
  about: About;
  acts: Acts;
  tab: Tab;
  change: (next: Partial<Tab>) => void;
  become: (role: string) => void;
}) {
  const { about, acts, tab, change, become } = options;
  const notices = h("div", { class: "notices", role: "status", "aria-live": "polite" });
  const offline = h(
    "p",
    { class: "offline", role: "alert", hidden: true },
    "The sandbox does not answer. It is tried again every second.",
  );
  const persona = h(
    "select",
    { id: "persona", onchange: () => become(persona.value) },
    about.people
      .filter(({ isBot }) => !isBot)
      .map(({ role, name, kind }) =>
        h(
          "option",
          { value: role },
          kind && !name.toLowerCase().includes(kind.split(" ")[0] ?? "") ? `${name} (${kind})` : name,
        ),
      ),
  );
  const another = h("a", { class: "another", target: "_blank" }, "Another tab");
  const channels = h("ul", {});
  const title = h("h2", {});
  const facts = h("p", { class: "facts" });
  const messages = h("div", { class: "messages", role: "log", "aria-label": "Messages", tabindex: 0 });
  const home = h("div", { class: "home", hidden: true });
  const thread = h("div", { class: "messages", role: "log", "aria-label": "Thread", tabindex: 0 });
  const threadEmpty = h(
    "p",
    { class: "empty" },
    "No thread is open. Press Reply in thread, or the replies of a message.",
  );
  const channelComposer = composer({
    acts,
    about,
    label: "Message to the channel",
    placeholder: "Write, or type /jit",
    where: () => ({ channel: tab.channel, thread: "" }),
  });
  const threadComposer = composer({
    acts,
    about,
    label: "Reply in the thread",
    placeholder: "Reply",
    where: () => ({ channel: tab.channel, thread: tab.thread }),
  });
  const requestList = h("div", { class: "request-list" });
  const request = h("div", {});
  const queue = h("div", {});
  const controls = h("div", {});
  const bodies: Record<Side, HTMLElement[]> = {
    thread: [threadEmpty, thread, threadComposer],
    request: [requestList, request],
    queue: [queue],
    controls: [controls],
  };
  const tabs = sides.map(([side, name]) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${side}`,
        "aria-controls": `side-${side}`,
        onclick: () => change({ side }),
      },
      name,
    ),
  );
  const panels = sides.map(([side]) =>
    h(
      "div",
      {
        id: `side-${side}`,
        role: "tabpanel",
        "aria-labelledby": `tab-${side}`,
        class: `panel ${side}`,
        tabindex: side === "thread" ? undefined : 0,
      },
      bodies[side],
    ),
  );
  const tablist = h(
    "div",
    {
      role: "tablist",
      "aria-label": "Behind the chat",
      onkeydown: (event) => walkTabs(event as KeyboardEvent, tabs),
    },
    tabs,
  );
  const viewButtons = views.map(([view, name]) =>
    h("button", { type: "button", onclick: () => change({ view }) }, name),
  );

  const root = h(
    "div",
    { class: "page" },
    h("a", { class: "skip", href: "#conversation" }, "Skip to the conversation"),
    h(
      "header",
      {},
      h("h1", {}, "Sandbox"),
      h("label", { for: "persona" }, "You are"),
      persona,
      another,
      h("p", { class: "about" }, `account ${about.account}, ${about.region}; nothing here is real`),
    ),
    offline,
    notices,
    h(
      "nav",
      { class: "channels", "aria-label": "Channels" },
      channels,
      about.shortcuts.some(({ type }) => type === "global") &&
        h(
          "div",
          { class: "shortcuts" },
          h("h2", {}, "Shortcuts"),
          about.shortcuts
            .filter(({ type }) => type === "global")
            .map(({ name, callbackId }) =>
              h("button", { type: "button", onclick: () => void acts.shortcut(callbackId) }, name),
            ),
        ),
    ),
    h(
      "main",
      { id: "conversation", class: "conversation", tabindex: -1 },
      h("div", { class: "heading" }, title, facts),
      messages,
      home,
      channelComposer,
    ),
    h("aside", { class: "side", "aria-label": "Behind the chat" }, tablist, panels),
    h("nav", { class: "views", "aria-label": "Parts of the page" }, viewButtons),
  );

  return {
    root,
    persona,
    another,
    channels,
    title,
    facts,
    messages,
    home,
    thread,
    threadEmpty,
    composer: channelComposer,
    threadComposer,
    requestList,
    request,
    queue,
    controls,
    tabs,
    panels,
    viewButtons,
    connected(connected: boolean) {
      offline.hidden = connected;
    },
    /** For a while, a sentence that belongs to no message: what Slack says of an act. */
    say(text: string) {
      const notice = h(
        "div",
        { class: "notice" },
        h("span", {}, text),
        h("button", { type: "button", "aria-label": "Dismiss", onclick: () => notice.remove() }, "×"),
      );
      notices.append(notice);
      while (notices.children.length > 3) notices.firstElementChild?.remove();
      setTimeout(() => notice.remove(), 15_000);
    },
  };
}

/** Brings the frame in line with where the tab is. */
export function fitShell(view: Shell, tab: Tab, person: PagePerson | undefined): void {
  view.root.dataset["view"] = tab.view;
  view.persona.value = tab.as;
  view.another.href = addressOf({ ...tab, thread: "", request: "" });
  document.title = `${person?.name ?? tab.as} · Sandbox · jit-runbooks`;
  for (const [index, [side]] of sides.entries()) {
    const selected = side === tab.side;
    view.tabs[index]?.setAttribute("aria-selected", String(selected));
    view.tabs[index]?.setAttribute("tabindex", selected ? "0" : "-1");
    const panel = view.panels[index];
    if (panel) panel.hidden = !selected;
  }
  for (const [index, [name]] of views.entries()) {
    view.viewButtons[index]?.setAttribute("aria-pressed", String(name === tab.view));
  }
}

function walkTabs(event: KeyboardEvent, tabs: readonly HTMLElement[]): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = tabs.indexOf(event.target as HTMLElement);
  if (step === undefined || at < 0) return;
  const next = tabs[(at + step + tabs.length) % tabs.length];
  next?.focus();
  next?.click();
  event.preventDefault();
}
