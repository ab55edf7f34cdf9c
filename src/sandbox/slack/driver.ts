import type { Typed } from "./acts/choose-value.ts";
import { closeView } from "./acts/close-view.ts";
import { findElement } from "./acts/find-element.ts";
import { openHome } from "./acts/open-home.ts";
import type { ActOutcome, PartialOutcome } from "./acts/outcome.ts";
import { runCommand } from "./acts/run-command.ts";
import { seenMessage, seenView, type SeenMessage, type SeenView } from "./acts/seen.ts";
import { submitView } from "./acts/submit-view.ts";
import { suggest } from "./acts/suggest.ts";
import { useElement, type Place, type UseOptions } from "./acts/use-element.ts";
import { useShortcut } from "./acts/use-shortcut.ts";
import { enterFields, Form, type Fields } from "./form.ts";
import { objectsOf, type JsonObject } from "./json.ts";
import { addMessage, findMessage, findSeen } from "./messages.ts";
import type { Peer } from "./peer.ts";
import { CannotAct } from "./slack-error.ts";
import { stackOf } from "./views.ts";
import type { Channel, Message, Person, View } from "./workspace.ts";

/** What to look for in the text a person reads: words in it, a pattern, or a question of your own. */
export type Match<T> = string | RegExp | ((rendered: string, item: T) => boolean);

/** A message by what was seen, or by channel and ts. */
export type MessageRef = { channel: string; ts: string; blocks?: JsonObject[] };

export type WaitOptions = {
  timeoutMs?: number;
  /** Only messages later than this ts. */
  after?: string;
  /** Only this thread, named by its first message's ts. */
  thread?: string;
};

const defaultWaitMs = 30_000;

/**
 * One person at their Slack client: sees what they may see, does what the client offers.
 * Channels are named by id, `#name`, or `dm` for the direct message with the bot.
 *
 * Everybody can be driven, also a deactivated person or a bot: the worst case an app must expect.
 * Acts throw CannotAct when the client would not offer them; else they return what the person sees.
 */
export class Persona {
  readonly person: Person;
  readonly #peer: Peer;

  constructor(peer: Peer, person: Person) {
    this.#peer = peer;
    this.person = person;
  }

  get id(): string {
    return this.person.id;
  }

  /** The id of a channel that the person is in, by `#name`, id or `dm`. */
  channelId(name: string): string {
    return this.#channel(name).id;
  }

  channels(): Channel[] {
    return [...this.#peer.workspace.channels.values()].filter((channel) => channel.members.has(this.id));
  }

  /** The channel's messages, oldest first, without replies that stay in their threads. */
  messages(channel: string): SeenMessage[] {
    return this.#history(channel)
      .filter((message) => message.threadTs === undefined || message.replyBroadcast)
      .map((message) => this.#seen(message));
  }

  /** A thread from its first message on. */
  thread(channel: string, ts: string): SeenMessage[] {
    return this.#history(channel)
      .filter((message) => message.ts === ts || message.threadTs === ts)
      .map((message) => this.#seen(message));
  }

  /** The direct messages with the bot, replies included. */
  directMessages(): SeenMessage[] {
    return this.#history("dm").map((message) => this.#seen(message));
  }

  /** What only this person sees, oldest first. */
  ephemerals(channel?: string): SeenMessage[] {
    const id = channel === undefined ? undefined : this.#channel(channel).id;
    return this.#peer.workspace.ephemerals
      .filter((message) => message.ephemeralFor === this.id && (id === undefined || message.channel === id))
      .map((message) => this.#seen(message));
  }

  /** The message as it stands now, or nothing once it is gone. */
  message(ref: MessageRef): SeenMessage | undefined {
    const message = findSeen(this.#peer.workspace, this.id, ref.channel, ref.ts);
    return message && this.#seen(message);
  }

  /** The modal on top. */
  view(): SeenView | undefined {
    const top = stackOf(this.#peer.workspace, this.id).at(-1);
    return top && seenView(this.#peer.workspace, top);
  }

  home(): SeenView | undefined {
    const home = this.#peer.workspace.homes.get(this.id);
    return home && seenView(this.#peer.workspace, home);
  }

  /** Types a slash command: `command("/jit request", {channel: "#incidents"})`. */
  command(text: string, where: { channel: string; thread?: string }): Promise<ActOutcome> {
    return this.#act("command", { text, ...where }, () =>
      runCommand(this.#peer, this.person, text, this.#channel(where.channel), where.thread),
    );
  }

  /** Presses a button, by action id or by the words on it. An old copy of a message acts like a client that lags. */
  click(on: MessageRef | SeenView, button: string, options: UseOptions = {}): Promise<ActOutcome> {
    return this.#use("click", on, button, options);
  }

  /** Changes one menu or field, in a message, a modal or Home. */
  select(on: MessageRef | SeenView, field: string, value: Typed): Promise<ActOutcome> {
    return this.#use("select", on, field, { value });
  }

  /** Fills a modal: `fill(form, {Status: "PAID", "Up to": 20}).submit()`. */
  fill(view: SeenView, fields: Fields): Form {
    return new Form(
      fields,
      (entered) =>
        this.#act("fill", { view: view.id, fields: { ...entered } }, () =>
          enterFields(entered, (field, value) => {
            const now = this.#standing(view.id);
            return useElement(this.#peer, this.person, placeOf(now), field, { value });
          }),
        ),
      () => this.submit(view),
    );
  }

  /** Presses submit as the modal stands. */
  submit(view: SeenView): Promise<ActOutcome> {
    return this.#act("submit", { view: view.id }, () =>
      submitView(this.#peer, this.person, this.#standing(view.id)),
    );
  }

  /** Closes the modal, or the whole stack with the x. */
  close(view: SeenView, options: { all?: boolean } = {}): Promise<ActOutcome> {
    return this.#act("close", { view: view.id, ...options }, () =>
      closeView(this.#peer, this.person, this.#standing(view.id), options.all ?? false),
    );
  }

  /** Types into an external menu and returns what it offers in `options`. */
  suggest(on: MessageRef | SeenView, field: string, query: string): Promise<ActOutcome> {
    return this.#act("suggest", { field, query }, async () => {
      const place = this.#place(on);
      const options = await suggest(this.#peer, this.person, place, findElement(place.blocks, field), query);
      return { status: "ok", options };
    });
  }

  globalShortcut(callbackId: string): Promise<ActOutcome> {
    return this.#act("shortcut", { callbackId }, () =>
      useShortcut(this.#peer, this.person, callbackId, undefined),
    );
  }

  messageShortcut(callbackId: string, on: MessageRef): Promise<ActOutcome> {
    return this.#act("shortcut", { callbackId, channel: on.channel, ts: on.ts }, () => {
      this.#channel(on.channel);
      const message = findMessage(this.#peer.workspace, on.channel, on.ts);
      if (!message) throw new CannotAct("there is no such message");
      return useShortcut(this.#peer, this.person, callbackId, message);
    });
  }

  openHome(): Promise<ActOutcome> {
    return this.#act("home", {}, () => openHome(this.#peer, this.person));
  }

  /** Posts a message of their own. */
  say(channel: string, text: string, options: { thread?: string } = {}): SeenMessage {
    const target = this.#channel(channel);
    if (target.isArchived) throw new CannotAct(`#${target.name} is archived`);
    const message = addMessage(this.#peer.workspace, {
      channel: target.id,
      user: this.id,
      text,
      ...(options.thread ? { threadTs: options.thread } : {}),
    });
    return this.#seen(message);
  }

  /** A file that was shared where this person is. */
  download(fileId: string): { name: string; content: Buffer } {
    const file = this.#peer.workspace.files.get(fileId);
    const mine = new Set(this.channels().map((channel) => channel.id));
    const seen = file && [...file.channels].some((id) => mine.has(id));
    if (!file?.content || !seen) throw new CannotAct(`there is no file ${fileId} here`);
    return { name: file.name, content: Buffer.from(file.content) };
  }

  /** The newest message of the channel, replies included, that matches; waits until there is one. */
  waitForMessage(
    channel: string,
    match: Match<SeenMessage> = "",
    options: WaitOptions = {},
  ): Promise<SeenMessage> {
    const candidates = () =>
      this.#history(channel)
        .filter((m) => options.after === undefined || m.ts > options.after)
        .filter((m) => options.thread === undefined || (m.threadTs ?? m.ts) === options.thread);
    return this.#wait(`a message in ${channel}`, match, options, candidates, (message) =>
      this.#seen(message),
    );
  }

  waitForEphemeral(match: Match<SeenMessage> = "", options: WaitOptions = {}): Promise<SeenMessage> {
    const candidates = () =>
      this.ephemerals().filter((m) => options.after === undefined || m.ts > options.after);
    return this.#wait("an ephemeral message", match, options, candidates, (message) => message);
  }

  /** The modal on top, once it matches. */
  waitForView(match: Match<SeenView> = "", options: WaitOptions = {}): Promise<SeenView> {
    return this.#wait(
      "a modal",
      match,
      options,
      () => listOf(this.view()),
      (view) => view,
    );
  }

  waitForHome(match: Match<SeenView> = "", options: WaitOptions = {}): Promise<SeenView> {
    return this.#wait(
      "the Home tab",
      match,
      options,
      () => listOf(this.home()),
      (view) => view,
    );
  }

  /** Until no modal is open. */
  async waitForNoView(options: WaitOptions = {}): Promise<void> {
    await this.#peer.workspace.changes.until(
      () => (this.view() ? undefined : true),
      options.timeoutMs ?? defaultWaitMs,
      () => `${this.person.role} to have no modal open; there is:\n${this.view()?.rendered}`,
    );
  }

  #use(act: string, on: MessageRef | SeenView, wanted: string, options: UseOptions): Promise<ActOutcome> {
    return this.#act(act, { on: "id" in on ? on.id : `${on.channel} ${on.ts}`, wanted, ...options }, () =>
      useElement(this.#peer, this.person, this.#place(on, wanted), wanted, options),
    );
  }

  async #act(act: string, detail: JsonObject, perform: () => Promise<PartialOutcome>): Promise<ActOutcome> {
    const partial: PartialOutcome = this.#peer.plan.isDown
      ? { status: "refused", shown: "Slack can't be reached." }
      : await perform();
    this.#peer.record.add({ kind: "act", persona: this.person.role, act, detail, shown: partial.shown });
    return {
      shown: undefined,
      fieldErrors: {},
      message: undefined,
      view: this.view(),
      ack: undefined,
      options: [],
      ...partial,
    };
  }

  #channel(name: string): Channel {
    const { workspace } = this.#peer;
    if (name === "dm") return workspace.directMessage(this.id);
    const channel = workspace.channel(name);
    if (!channel.members.has(this.id)) throw new CannotAct(`${this.person.role} is not in #${channel.name}`);
    return channel;
  }

  #history(channel: string): Message[] {
    const { id } = this.#channel(channel);
    return this.#peer.workspace.messages.filter((message) => message.channel === id);
  }

  #seen(message: Message): SeenMessage {
    return seenMessage(this.#peer.workspace, message, this.id);
  }

  #place(on: MessageRef | SeenView, wanted?: string): Place {
    if ("id" in on) return placeOf(this.#standing(on.id));
    this.#channel(on.channel);
    const message = findSeen(this.#peer.workspace, this.id, on.channel, on.ts);
    if (!message) throw new CannotAct("there is no such message");
    const shownBlocks = on.blocks;
    const gone = wanted !== undefined && shownBlocks !== undefined && !offers(message.blocks, wanted);
    return { message, blocks: gone ? shownBlocks : message.blocks };
  }

  #standing(viewId: string): View {
    const { workspace } = this.#peer;
    const home = workspace.homes.get(this.id);
    if (home?.id === viewId) return home;
    const view = stackOf(workspace, this.id).find((candidate) => candidate.id === viewId);
    if (!view) throw new CannotAct(`${this.person.role} no longer has this modal open`);
    return view;
  }

  /** Looks at the newest first, and renders no more than it must. */
  #wait<R, T extends { rendered: string }>(
    what: string,
    match: Match<T>,
    options: WaitOptions,
    candidates: () => R[],
    see: (candidate: R) => T,
  ): Promise<T> {
    return this.#peer.workspace.changes.until(
      () => newestMatch(candidates(), see, match),
      options.timeoutMs ?? defaultWaitMs,
      () => {
        const seen = candidates().slice(-5).map(see);
        return `${what} for ${this.person.role} matching ${String(match)}; seen:\n${seen.map((s) => s.rendered).join("\n---\n") || "nothing"}`;
      },
    );
  }
}

function placeOf(view: View): Place {
  return { view, blocks: objectsOf(view.json["blocks"]) };
}

function offers(blocks: JsonObject[], wanted: string): boolean {
  try {
    findElement(blocks, wanted);
    return true;
  } catch (error) {
    if (error instanceof CannotAct) return false;
    throw error;
  }
}

function newestMatch<R, T extends { rendered: string }>(
  candidates: R[],
  see: (candidate: R) => T,
  match: Match<T>,
): T | undefined {
  for (const candidate of candidates.toReversed()) {
    const item = see(candidate);
    if (matches(match, item)) return item;
  }
  return undefined;
}

function listOf<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item];
}

function matches<T extends { rendered: string }>(match: Match<T>, item: T): boolean {
  if (typeof match === "string") return item.rendered.includes(match);
  if (match instanceof RegExp) return match.test(item.rendered);
  return match(item.rendered, item);
}
