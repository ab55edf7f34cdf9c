import type {
  About,
  ControlsReport,
  LiveChange,
  QueueReport,
  RequestLine,
  RequestReport,
  Seen,
} from "../page-api.ts";
import { actsOf } from "./acts.ts";
import { get, listen, Refused, takeToken } from "./api.ts";
import { channelFacts, drawChannels, drawHome, markAllRead, placeName } from "./chat.ts";
import { h, redrawIfNew } from "./dom.ts";
import { fitShell, shell } from "./shell.ts";
import { createModal } from "./modal.ts";
import { drawMessages } from "./messages.ts";
import { controlsPanel } from "./controls-panel.ts";
import { queuePanel } from "./queue-panel.ts";
import { drawRequestList, requestPanel } from "./request-panel.ts";
import { addressOf, type Tab, tabFromAddress } from "./tab.ts";

if (takeToken()) await start().catch(sayWhyNot);
else sayWhyNot(new Refused(401, "open the page by the address that the sandbox printed at its start"));

async function start(): Promise<void> {
  const about = await get<About>("/api/about");
  const tab = tabFromAddress();
  if (!about.people.some(({ role }) => role === tab.as)) tab.as = "oncall";
  let seen: Seen = {
    channels: [],
    messages: [],
    thread: [],
    modal: undefined,
    home: undefined,
    names: namesOf(about),
    aheadMs: 0,
  };

  const acts = actsOf(() => tab.as, say);
  const view = shell({
    about,
    acts,
    tab,
    change,
    become(role) {
      tab.thread = "";
      change({ as: role });
    },
  });
  document.body.replaceChildren(view.root);
  const modal = createModal(acts);
  const controls = controlsPanel({ say });

  function say(text: string): void {
    if (!modal.say(text)) view.say(text);
  }
  function person() {
    return about.people.find(({ role }) => role === tab.as) ?? about.people[0];
  }
  function reader() {
    return {
      viewer: { tz: person()?.tz ?? "UTC", names: seen.names, aheadMs: seen.aheadMs },
      people: about.people,
    };
  }

  /** Goes somewhere else in this tab. */
  function change(next: Partial<Tab>): void {
    Object.assign(tab, next);
    history.replaceState(null, "", addressOf(tab));
    fitShell(view, tab, person());
    if (tab.channel === "home" && next.channel) void acts.openHome();
    refresh(["slack", "aws", "controls"]);
  }

  async function drawSlack(): Promise<void> {
    const { as, channel, thread } = tab;
    const told = await get<Seen>("/api/see", { as, channel, thread });
    if (as !== tab.as || channel !== tab.channel || thread !== tab.thread) return;
    const isFirst = seen.channels.length === 0;
    seen = told;
    if (isFirst) markAllRead(seen, tab);
    const now = reader();
    drawChannels(view.channels, seen.channels, tab, (id) =>
      change({ channel: id, thread: "", view: "chat" }),
    );
    const open = seen.channels.find(({ id }) => id === tab.channel);
    const isHome = tab.channel === "home";
    view.title.textContent = isHome ? "Home of jit" : open ? placeName(open) : "No such channel";
    view.facts.textContent = isHome
      ? "what the app shows to you alone"
      : open
        ? channelFacts(open)
        : "You are not in it. Choose another one.";
    view.messages.hidden = isHome;
    view.composer.hidden = isHome || !open;
    view.home.hidden = !isHome;
    const deps = {
      acts,
      reader: now,
      shortcuts: about.shortcuts,
      openThread: (ts: string) => change({ thread: ts, side: "thread", view: "side" }),
      openRequest: (id: string) => change({ request: id, side: "request", view: "side" }),
    };
    drawMessages(view.messages, seen.messages ?? [], { ...deps, inThread: false });
    drawMessages(view.thread, seen.thread, { ...deps, inThread: true });
    view.threadEmpty.hidden = seen.thread.length > 0;
    view.threadComposer.hidden = seen.thread.length === 0;
    if (isHome) drawHome(view.home, seen.home, acts, now);
    modal.show(seen.modal, now);
  }

  async function drawSide(): Promise<void> {
    const deps = { viewer: reader().viewer, open: (id: string) => change({ request: id }) };
    if (tab.side === "request") {
      const lines = await get<RequestLine[]>("/api/requests");
      // A request of one's own tab is what one wants to look into, until another is chosen.
      const id = tab.request || lines[0]?.id || "";
      drawRequestList(view.requestList, lines, id, deps);
      const report = id ? await get<RequestReport | null>("/api/request", { id }) : null;
      redrawIfNew(view.request, report, () => (report ? requestPanel(report, deps) : []));
    } else if (tab.side === "queue") {
      const queues = await get<QueueReport>("/api/queues");
      redrawIfNew(view.queue, queues, () => queuePanel(queues));
    } else if (tab.side === "controls") {
      const report = await get<ControlsReport>("/api/controls");
      controls.show(report);
      if (!view.controls.hasChildNodes()) view.controls.append(...controls.elements);
    }
  }

  const slack = oneAtATime(drawSlack, say);
  const side = oneAtATime(drawSide, say);
  function refresh(changed: LiveChange["changed"]): void {
    if (changed.includes("slack")) slack();
    if (changed.some((topic) => topic !== "slack") || tab.side === "queue") side();
  }

  fitShell(view, tab, person());
  history.replaceState(null, "", addressOf(tab));
  if (tab.channel === "home") void acts.openHome();
  await listen(
    ({ changed }) => refresh(changed),
    (connected) => view.connected(connected),
  );
}

/** Until the workspace has told all names. */
function namesOf({ people }: About): Record<string, string> {
  return Object.fromEntries(people.map(({ id, name }) => [id, `@${name}`]));
}

/** Runs `act` now or, while it runs, once more after it: the last state is always drawn. */
function oneAtATime(act: () => Promise<void>, say: (text: string) => void): () => void {
  let state: "idle" | "running" | "again" = "idle";
  async function run(): Promise<void> {
    if (state !== "idle") {
      state = "again";
      return;
    }
    state = "running";
    try {
      await act();
    } catch (error) {
      // The live connection says when the sandbox is gone; anything else is worth a word.
      if (error instanceof Refused) say(error.message);
      else if (!(error instanceof TypeError)) throw error;
      else console.error(error);
    } finally {
      const again = (state as string) === "again";
      state = "idle";
      if (again) void run();
    }
  }
  return () => void run();
}

function sayWhyNot(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
  document.body.replaceChildren(
    h(
      "main",
      { class: "refused" },
      h("h1", {}, "The sandbox"),
      h("p", { role: "alert" }, `This can’t be shown: ${error.message}.`),
    ),
  );
}
