import type { GroupSource, Membership } from "../policy/membership.ts";
import type { Item } from "../dynamodb/requests.ts";
import type { Outcome, PersonProblem } from "../request/outcome.ts";
import type { Delegation } from "../request/delegation.ts";
import type { Beats, Instant, QueryEnd, Request } from "../request/request.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";

/**
 * What the use cases need from the world, in our words. Each port says its guarantee; adapters live in
 * `store/`, `queue/`, `slack/`, `aws/` and `execution/`.
 */

export interface Clock {
  now(): Date;
}

/** AWS's own time, which alone decides when a session is over. Rejects when AWS does not say. */
export interface AwsClock {
  now(): Promise<Date>;
}

/** Remembers requests. The stored request is the only truth. */
export interface RequestStore {
  /** Writes a new request; `exists` when the id is taken, and then nothing was written. */
  create(request: Request): Promise<"created" | "exists">;
  /** Strongly consistent. */
  get(id: string): Promise<StoredRequest | undefined>;
  /**
   * Loads, decides, writes in one update conditional on the version that was decided on; after a lost race it
   * decides again on the fresh document. Nothing is written when the decision refuses.
   */
  change(id: string, decide: (request: Request) => Outcome): Promise<Outcome | { status: "not-found" }>;
  /**
   * Says that the run's worker is alive, and how far it is. Written only while the run is that worker's: running, or its
   * rows on their way. Answers the state as stored, so that the worker learns of an end, or that the run was given up.
   */
  heartbeat(id: string, beat: Heartbeat): Promise<Request["state"] | "not-yours" | "not-found">;
  /** Newest first. */
  ofPerson(person: PersonId, limit: number): Promise<Request[]>;
  /** Ids of requests that somebody should look at by now, oldest first. */
  due(now: Instant, limit: number): Promise<string[]>;
  /** Moves the next look at the document of this version; `undefined`: it rests until it changes. False when it changed meanwhile. */
  lookAgain(id: string, version: number, at: Instant | undefined): Promise<boolean>;
  /** A fact that belongs to no request's chain, e.g. a refusal; written once, and counted when it comes again with the same id in the same hour. */
  recordFact(fact: StandaloneFact): Promise<void>;
  /** Where the copies of the request are in Slack and how far each was brought. Kept apart from the document: it is a cache of the surface. */
  saveProjection(id: string, projection: Projection, basedOn: number): Promise<"saved" | "conflict">;
}

/** How many requests of one person are open at a time. */
export interface OpenPlaces {
  /**
   * Takes a place for a request that is about to be created; `full` when other open requests of the person hold `max`
   * places, whatever workspace they act in. Exact, however many come at once; taken again for the same request, it is
   * the same place.
   */
  take(person: PersonId, request: Pick<Request, "id" | "createdAt">, max: number): Promise<"taken" | "full">;
}

/** Which reviews are owed for a person's break-glass; their requests say whether they were given. */
export interface ReviewBook {
  /** Resolves when it is stored; a break-glass whose review could not be entered is none. */
  owe(person: PersonId, requestId: string): Promise<void>;
  /** Ids of requests, whatever workspace the person acted in. Strongly consistent. */
  owed(person: PersonId): Promise<string[]>;
  settle(person: PersonId, requestIds: readonly string[]): Promise<void>;
}

export type StoredRequest = {
  request: Request;
  /** Counts the changes of the document. */
  version: number;
  /** Of the latest run. */
  heartbeat?: Heartbeat;
  beats?: Beats;
  projection: Projection;
  projectionRevision: number;
};

export type Heartbeat = { worker: string; run: number; at: Instant; progress?: RunProgress };

export type RunProgress = {
  pages: number;
  rows: number;
  itemsScanned: number;
  /** Athena only: its state and what it has scanned. */
  query?: { state: string; bytesScanned: number; elapsedMs: number; costUsd: number };
};

export type Projection = {
  /** Version of the document that every copy shows. */
  shownVersion: number;
  copies: readonly Copy[];
  /** Events up to this number were told in the thread; -1 for none. */
  toldSeq: number;
};

/** One message in Slack that shows the request. `rows`: it holds rows, and stays one until they are out of Slack. */
export type Copy = {
  role:
    | "card"
    | "approver"
    | "requester"
    | "progress"
    | "rows"
    | "no-rows"
    | "break-glass"
    | "review-reminder";
  /** What makes it unique among copies of its role: a person's or a run's key. */
  key: string;
  channel: string;
  ts: string;
  /** Hash of what it shows. */
  shown: string;
  /** Slack file to delete with it; known before anybody can see the file. */
  file?: string;
  /** The file is known to have arrived. */
  fileShared?: boolean;
};

export type StandaloneFact = { id: string; at: Instant; actor: PersonId | "system" } & (
  | { type: "act.refused"; act: string; requestId?: string; why: string }
  /** An approver said who approves for them, or that nobody does any more. */
  | {
      type: "delegation.started" | "delegation.ended";
      delegate: PersonId;
      startsAt: Instant;
      endsAt: Instant;
    }
  | {
      type: "canary.ended";
      status: "green" | "red";
      steps: readonly { name: string; ok: boolean; says: string }[];
    }
);

/** Hands work over. A lost job is found again by the sweeper, so a failing queue delays and never loses. */
export interface WorkQueue {
  /** At most one job per run exists; a second call changes nothing. */
  run(requestId: string, run: number): Promise<void>;
  /** Brings the copies in Slack up to date; calls that come together count once, a call during the work makes it run again. */
  project(requestId: string): Promise<void>;
  /** Looks at the request at that time. */
  wake(requestId: string, at: Date): Promise<void>;
  /** Tells every worker that the request no longer lives, so that running work stops within moments. Best effort; heartbeats learn it anyway. */
  stop(requestId: string): Promise<void>;
}

/** Who people are, as Slack says now. */
export interface Directory {
  /** Fresh, never from a cache; a directory that fails answers `unknown`, and unavailable means no. */
  check(person: PersonId): Promise<{ status: "ok" } | { status: "refused"; problem: PersonProblem }>;
}

/** What the surface knows of a channel. */
export interface Channels {
  /** Asked anew each time; never throws. What can't be told, or is not shown to the bot, is `unknown`. */
  look(channel: string): Promise<"open" | "archived" | "unknown">;
}

/** Who is in a group whose members are not written in `access.yml`, and who is one person. */
export interface People {
  /** With the subject of the identity provider that the deployment links the account to, if any, and no other. */
  identify(person: PersonId): PersonId;
  /** Never throws. `fresh`: nothing remembered; whatever a vote or an automatic approval turns on is asked so. */
  members(source: GroupSource, at: Date, fresh: boolean): Promise<Membership>;
}

/** What rules have approved of one person on one day. */
export interface Allowances {
  /**
   * Takes the amounts under that key, all or nothing, where none of them then exceeds its maximum. Exact, however many
   * come at once. What was taken stays taken.
   */
  takeAllowance(
    key: string,
    day: string,
    amounts: Amounts,
    max: Partial<Amounts>,
  ): Promise<"taken" | "exhausted">;
  /** What was taken so far under that key on that day; to be told, never to decide by. */
  taken(key: string, day: string): Promise<Amounts>;
}

export type Amounts = { requests: number; rows: number; bytes: number };

/** Which recipes there are, and how often each was used; the requests by which they were asked for say all else. */
export interface RecipeBook {
  /** Resolves when it is stored, before anybody can approve it; `full` when there are `max` entries. Entered twice it is one entry. */
  enter(entry: RecipeEntry, max: number): Promise<"entered" | "full">;
  /** Every recipe that was entered and not struck out; some may be over. Strongly consistent. */
  entries(): Promise<RecipeEntry[]>;
  strike(entries: readonly RecipeEntry[]): Promise<void>;
  /**
   * Takes one of the recipe's runs for this request: which one it is, from 1, never more than `runs`, however many come
   * at once. Taken again for the same request, it is the same run's place. What was taken stays taken.
   */
  takeRun(
    recipe: string,
    requestId: string,
    most: { runs: number; until: Instant },
  ): Promise<number | "used-up">;
  runsTaken(recipe: string): Promise<number>;
}

/** `at`: when it was entered. */
export type RecipeEntry = { runbook: string; requestId: string; at: Instant };

/** Which approvers are away, and who approves for them; one each. */
export interface Delegations {
  /** Strongly consistent; may hold what is over. */
  all(): Promise<Delegation[]>;
  /** In place of what the same delegator said before. */
  set(delegation: Delegation, now: Date): Promise<void>;
  end(delegator: PersonId): Promise<void>;
}

/** Makes a run's own AWS session. */
export interface SessionIssuer {
  /**
   * AssumeRole once, with this policy, never renewed; a query that outlives its session is followed by another one. The expiry is computed from STS's clock and never later
   * than `maxLifeMs` from now. `policyFor` is called for the final policy before any session is asked for.
   * Once STS is asked, its answer is waited for (seconds at most) whatever the signal says: a session whose answer
   * nobody heard could not be recorded.
   *
   * @throws SessionRefused when STS gave none.
   */
  issue(order: SessionOrder): Promise<RunSession>;
}

export type SessionOrder = {
  plan: Plan;
  run: number;
  /** The run's query that another session of it started; this one waits for it and reads its rows. */
  follows?: { queryExecutionId: string };
  maxLifeMs: number;
  /** Returns the exact policy text for this expiry, or throws when it can't be proven tight. */
  policyFor(expiresAt: Date, stsNow: Date): { text: string; checks: { allowed: number; denied: number } };
  signal: AbortSignal;
};

/** Static credentials and the clients made of them; everything is dropped on dispose. */
export interface RunSession {
  readonly facts: {
    sessionName: string;
    sessionArn: string;
    accessKeyId: string;
    sourceIdentity: string;
    /** By STS's clock. */
    issuedAt: Date;
    /** The same moment by this host's clock. */
    issuedLocallyAt: Date;
    /** By STS's clock. */
    expiresAt: Date;
    policy: string;
    checks: { allowed: number; denied: number };
  };
  /** False when its life came out other than ordered, because a clock moved: it is recorded and never used. */
  readonly asOrdered: boolean;
  /** Runs the plan's calls in order until they end or a cap is reached. */
  execute(plan: Plan, signal: AbortSignal, watch: RunWatch): Promise<Execution>;
  /**
   * Repeats the first planned call to see it refused; a call that is allowed is `still-alive`. `no-proof`: no planned
   * call was ever allowed, so a refusal now would show nothing, and none is asked for.
   */
  probe(
    plan: Plan,
    signal: AbortSignal,
  ): Promise<
    | { status: "denied"; detail: string }
    | { status: "still-alive" }
    | { status: "unclear"; detail: string }
    | { status: "no-proof" }
  >;
  dispose(): void;
}

/** Told of a run while it goes on. */
export type RunWatch = {
  progress: (progress: RunProgress) => void;
  /**
   * AWS accepted an Athena query; resolves when its id is stored, and only then it is polled.
   *
   * @throws GrantEnded when nobody may wait for it any more; the janitor stops it then.
   */
  queryStarted: (query: { queryExecutionId: string; workgroup: string }) => Promise<void>;
  /**
   * The session in use is about to end and the query goes on: another one, recorded, made after the grant was seen to
   * live. `last`: there is none that would live longer, because the window ends; the one in use is good until then.
   *
   * @throws GrantEnded when the grant is over, SessionRefused when there is none to be had.
   */
  nextLease: (query: { queryExecutionId: string }) => Promise<RunSession | "last">;
};

/** Looks at and stops Athena queries, also after their grant and their worker are gone. */
export interface QueryJanitor {
  /**
   * A session of the janitor's own identity, which may look at and stop queries of this one workgroup and do
   * nothing else. Rejects when the target has no janitor role or AWS gives no session.
   */
  attend(query: AbandonedQuery): Promise<AttendedQuery>;
}

export type AbandonedQuery = {
  plan: Plan;
  run: number;
  query: { queryExecutionId: string; workgroup: string };
};

export interface AttendedQuery extends Disposable {
  state(): Promise<"QUEUED" | "RUNNING" | QueryEnd>;
  /** Asks AWS to stop it; stopping what has ended is no error. */
  stop(): Promise<void>;
}

export type Execution =
  | {
      status: "succeeded";
      rows: readonly Row[];
      pages: number;
      itemsScanned: number;
      capacityUnits: number;
      bytesScanned?: number;
      costUsd?: number;
      queryExecutionId?: string;
      truncatedBy?: "maxRows" | "maxPages" | "maxItemsScanned" | "maxBytes";
      /** Of a plan of a write that only looks: the attributes that stand there. */
      image?: Readonly<Item>;
      /** The units are write units. */
      wrote?: true;
      /** The answer to a write was lost; the item, read back, shows that it was done. */
      settledBy?: "read-back";
    }
  | {
      status: "failed";
      code: string;
      sentence: string;
      /** How AWS ended the Athena query, where it was seen; a query that may still run is the janitor's. */
      queryEnd?: QueryEnd;
    }
  /** A write that may have been done: neither its answer nor the item says so for sure. */
  | { status: "unknown"; code: string; sentence: string }
  /** Stopped because the grant ended; an Athena query that was under way is the janitor's. */
  | { status: "aborted"; queryEnd?: QueryEnd };

/** Column name → text as it will be shown; absent when the item has no such attribute. */
export type Row = Readonly<Record<string, string>>;

/** Brings rows to the people the runbook allows; rows exist only in the worker's memory until then. */
export interface ResultDelivery {
  /**
   * Throws `RetryableError` when Slack could not be reached, or could not say who the requester is. A masked preview
   * stands in the thread where `preview` says so, the runbook has one, and the channel is ours alone.
   */
  deliver(request: Request, run: number, result: DeliveredResult): Promise<DeliveryOutcome>;
}

type DeliveredResult = {
  rows: readonly Row[];
  csv: string;
  /** Whether the policy lets a masked preview into the thread. */
  preview: boolean;
};

export type DeliveryOutcome =
  /** `noPreview`: why the preview that the runbook has does not stand in the thread. */
  | { status: "delivered"; as: "table" | "file" | "empty"; noPreview?: string }
  | { status: "withheld"; why: string };

/** The list of grants that a data role denies everything to. */
export interface DenyList {
  /**
   * Has the plan's data role deny this grant until then; `older-sessions`: it denies every session older than now
   * instead, because the list was too long or not taken. `busy`: somebody else writes just now.
   */
  deny(plan: Plan, until: Instant): Promise<"listed" | "older-sessions" | "busy">;
  /** Takes out of the role's list whose time is over. */
  purge(plan: Plan): Promise<"done" | "busy">;
}

/** What belongs into the deny-list of each data role. */
export interface DenyBook {
  /** Entered twice it is one entry, with the later call's end. */
  enter(role: string, grant: string, until: Instant): Promise<void>;
  /**
   * Gives one writer at a time the entries that are not over. `busy`: somebody else writes, or took over because this
   * one was too slow; whoever entered something writes again.
   */
  write(
    role: string,
    now: Date,
    work: (entries: readonly { grant: string; until: Instant }[]) => Promise<void>,
  ): Promise<"done" | "busy">;
}

/** How the deployment's last canary ended, whoever ran it. */
export interface CanaryBook {
  keep(outcome: CanaryOutcome): Promise<void>;
  last(): Promise<CanaryOutcome | undefined>;
}

export type CanaryOutcome = { id: string; status: "green" | "red"; at: Instant };

/** Tells those who watch over the product; a failure throws, and whoever calls tries again. */
export interface Alarms {
  /** Somebody has to act. `about`: a request's id, or what was looked at. */
  raise(alarm: { about: string; text: string }): Promise<void>;
  /** All is well, and should be seen to be. */
  tell(news: { about: string; text: string }): Promise<void>;
}

/** Structured log; constant message, data in fields. Never rows, inputs, reasons, tokens or credentials. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
