import type { AuditEvent } from "../../request/audit-event.ts";
import type { Request } from "../../request/request.ts";
import type { JsonObject } from "../slack/json.ts";
import type { StateValues } from "../slack/state-values.ts";

/** What the page's server answers and its browser part reads. Types only: both sides import it. */

export type About = {
  team: string;
  people: PagePerson[];
  /** What the composer offers for completion, with `/jit`. */
  commands: { text: string; about: string }[];
  shortcuts: { name: string; type: "global" | "message"; callbackId: string; description: string }[];
  account: string;
  region: string;
};

export type PagePerson = {
  id: string;
  role: string;
  name: string;
  /** IANA zone, for date tokens. */
  tz: string;
  isBot: boolean;
  /** `guest`, `deactivated` … in words; empty for an ordinary member. */
  kind: string;
};

/** What one persona sees of the workspace, in the channel and thread that their tab has open. */
export type Seen = {
  channels: PageChannel[];
  /** Of the open channel; undefined when the person is in no such channel. */
  messages: PageMessage[] | undefined;
  thread: PageMessage[];
  modal: PageView | undefined;
  home: PageView | undefined;
  /** Names by id: people, channels, user groups. */
  names: Record<string, string>;
  /** How far the workspace's clock is ahead of this machine's. */
  aheadMs: number;
};

export type PageChannel = {
  id: string;
  name: string;
  kind: "channel" | "private" | "dm";
  isArchived: boolean;
  isShared: boolean;
  hasBot: boolean;
  members: number;
  /** The newest message's ts; absent when there is none. */
  latest?: string;
};

export type PageMessage = {
  channel: string;
  ts: string;
  threadTs: string | undefined;
  author: string;
  isBot: boolean;
  ephemeral: boolean;
  edited: boolean;
  text: string;
  blocks: JsonObject[];
  /** What this person chose in the message's menus. */
  values: StateValues;
  files: { id: string; name: string; bytes: number; deleted: boolean }[];
  replies: number;
  /** The requests it speaks of. */
  requests: string[];
};

export type PageView = {
  id: string;
  hash: string;
  /** How many modals lie under this one. */
  below: number;
  title: string;
  submit: string | undefined;
  close: string;
  blocks: JsonObject[];
  values: StateValues;
  errors: Record<string, string>;
};

/** What became of an act, as the person sees it. */
export type Outcome = {
  status: string;
  shown?: string;
  fieldErrors?: Record<string, string>;
  options?: JsonObject[];
};

export type RequestLine = {
  id: string;
  state: Request["state"];
  title: string;
  runbook: string;
  requester: string;
  createdAt: string;
};

export type RequestReport = {
  request: Request;
  /** The plan in sentences, as on the card; nothing masked. */
  plan: { touches: string; limits: string; title: string; lines: string[] };
  policy: { statement: JsonObject; sentence: string }[];
  policyCharacters: number;
  /** Where the audit chain does not hold, if anywhere. */
  broken: { seq: number; problem: string } | undefined;
  events: readonly AuditEvent[];
  calls: CallReport[];
};

export type CallReport = {
  id: number;
  at: string;
  latencyMs: number;
  call: string;
  principal: string;
  session: string | undefined;
  access: string;
  error: string | undefined;
  fault: string | undefined;
  /** Athena made it in the name of whoever started the query. */
  invokedBy: string | undefined;
  checks: { action: string; resource: string; allowed: boolean; why: string[] }[];
  request: string;
};

export type QueueReport = {
  name: string;
  counts: Record<string, number>;
  jobs: { id: string; name: string; state: string; data: string }[];
}[];

export type ControlsReport = {
  slack: { down: boolean; faults: string[]; shared: string[]; channels: string[] };
  aws: {
    down: boolean;
    faults: string[];
    athenaMs: number;
  };
  /** Of AWS, Slack and the bot's host alike. */
  clock: { aheadMs: number };
  bot: { running: boolean; pid: number; busy: string; lines: string[] };
  runbooks: RunbooksReport;
};

export type RunbooksReport = {
  dir: string;
  /** `checking` until the first look is over. */
  status: "checking" | "good" | "bad";
  /** What `jit lint` printed. */
  lines: string[];
  checkedAt: string | undefined;
};

/** One line of the live stream: what changed since the last one. */
export type LiveChange = { changed: ("slack" | "aws" | "controls")[] };
