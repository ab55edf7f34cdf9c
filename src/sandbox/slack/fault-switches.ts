import type { SignedHttp } from "./delivery/signed-http.ts";
import { deliverAppEvent } from "./acts/deliver-app-event.ts";
import type { SocketMode } from "./delivery/socket-mode.ts";
import type { Peer } from "./peer.ts";

/** How often a fault hits: once unless said otherwise. */
type Times = { times?: number };

/** What can go wrong in a workspace, to be switched on by a test or by hand. Methods may be `*` for any. */
export type FaultSwitches = {
  /** 429 with Retry-After. */
  rateLimit(method: string, options?: Times & { retryAfterS?: number }): void;
  /** Answers `{ok: false, error}`. */
  failCall(method: string, error: string, options?: Times): void;
  httpError(method: string, options?: Times & { status?: number }): void;
  /** Does what was asked and cuts the connection without an answer. */
  resetAfterAccept(method: string, options?: Times): void;
  latency(method: string, ms: number, options?: Times): void;
  /** The next delivery of this type (`block_actions`, `slash_commands` …; any by default) goes out again `extra` times. */
  duplicateNext(options?: { extra?: number; type?: string }): void;
  /** Every delivery leaves this much later. */
  delayDeliveries(ms: number): void;
  /** Cuts every connection of the app and refuses new ones until `up`. */
  down(): void;
  up(): void;
  /** Asks Socket Mode connections to reconnect. */
  refreshSockets(reason?: "refresh_requested" | "warning" | "link_disabled"): void;
  /** Cuts Socket Mode connections without a word. */
  cutSockets(): void;
  /** Shifts the timestamp of signed requests. */
  skewSignatures(seconds: number): void;
  /** Pushes the workspace's clock ahead: trigger ids and response URLs grow old. */
  advanceClock(ms: number): void;
  /** Connects a channel with the other organisation, whose person joins it. */
  shareChannel(channel: string): void;
  /** The app is told by an event, of a private channel only when it is in it. */
  archive(channel: string): void;
  deactivate(persona: string): void;
  reactivate(persona: string): void;
  removeBot(channel: string): void;
  inviteBot(channel: string): void;
  join(channel: string, persona: string): void;
  leave(channel: string, persona: string): void;
  /** Ends planned faults, delays and the outage; what changed in the workspace stays. */
  clear(): void;
};

export function createFaults(
  peer: Peer,
  socketMode: SocketMode | undefined,
  signedHttp: SignedHttp | undefined,
): FaultSwitches {
  const { plan, workspace, record } = peer;
  const bot = workspace.app.botUserId;
  const switches: FaultSwitches = {
    rateLimit: (method, { retryAfterS = 1, times = 1 } = {}) =>
      plan.add(method, { kind: "rate-limit", retryAfterS }, times),
    failCall: (method, error, { times = 1 } = {}) => plan.add(method, { kind: "error", error }, times),
    httpError: (method, { status = 500, times = 1 } = {}) =>
      plan.add(method, { kind: "http", status }, times),
    resetAfterAccept: (method, { times = 1 } = {}) => plan.add(method, { kind: "reset-after-accept" }, times),
    latency: (method, ms, { times = 1 } = {}) => plan.add(method, { kind: "latency", ms }, times),
    duplicateNext: ({ extra = 1, type = "*" } = {}) => plan.duplicateNext(extra, type),
    delayDeliveries: (ms) => {
      plan.deliveryDelayMs = ms;
    },
    down: () => {
      plan.isDown = true;
      socketMode?.cut();
    },
    up: () => {
      plan.isDown = false;
    },
    refreshSockets: (reason) => socketMode?.requestDisconnect(reason),
    cutSockets: () => socketMode?.cut(),
    skewSignatures: (seconds) => {
      if (signedHttp) signedHttp.timestampSkewS = seconds;
    },
    advanceClock: (ms) => workspace.clock.advance(ms),
    shareChannel: (channel) => {
      const shared = workspace.channel(channel);
      shared.isExtShared = true;
      for (const person of workspace.people.values()) if (person.isStranger) shared.members.add(person.id);
    },
    archive: (name) => {
      const channel = workspace.channel(name);
      channel.isArchived = true;
      const type = channel.isPrivate ? "group_archive" : "channel_archive";
      const isTold = !channel.isPrivate || channel.members.has(bot);
      if (isTold) void deliverAppEvent(peer, { type, channel: channel.id, user: "U0LEAD" });
    },
    deactivate: (persona) => {
      workspace.person(persona).deleted = true;
    },
    reactivate: (persona) => {
      workspace.person(persona).deleted = false;
    },
    removeBot: (channel) => void workspace.channel(channel).members.delete(bot),
    inviteBot: (channel) => void workspace.channel(channel).members.add(bot),
    join: (channel, persona) => void workspace.channel(channel).members.add(workspace.person(persona).id),
    leave: (channel, persona) => void workspace.channel(channel).members.delete(workspace.person(persona).id),
    clear: () => plan.clear(),
  };
  return recorded(switches, (fault, args) => {
    record.add({ kind: "fault", fault, detail: { args } });
    workspace.changes.notify();
  });
}

/** The same switches, each of whose uses is written down. */
function recorded(switches: FaultSwitches, note: (fault: string, args: unknown[]) => void): FaultSwitches {
  const entries = Object.entries(switches).map(([name, act]): [string, unknown] => [
    name,
    (...args: unknown[]) => {
      (act as (...given: unknown[]) => void)(...args);
      note(name, args);
    },
  ]);
  return Object.fromEntries(entries) as FaultSwitches;
}
