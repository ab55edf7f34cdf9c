/**
 * What a replica says to a peer, one message at a time: `store:UpdateItem`, `sts:AssumeRole`, `data:GetItem`,
 * `slack:chat.postMessage`, `redis:write` … The part before the colon alone means every message to that peer.
 */
export type MessageKind = `${Peer}:${string}`;
export type Peer = "store" | "sts" | "iam" | "data" | "slack" | "redis";

/** `after`: the peer did what it was told, and the answer is lost. */
export type Effect =
  | { kind: "drop"; when: "before" | "after" }
  | { kind: "delay"; ms: number }
  /** The peer answers that something is wrong with it, and does nothing. */
  | { kind: "error" }
  | { kind: "throttle" }
  /** The replica that sends this message ends at once, as by SIGKILL. */
  | { kind: "kill"; when: "before" | "after" };

/** Hits the `nth` message of the kind (1, 2, …), counted over all replicas since the story began. */
export type MessageFault = { type: "message"; on: MessageKind | Peer; nth: number; effect: Effect };

/** Happens so long after the story began. */
type TimedFault = { type: "timed"; atMs: number; what: Misfortune };

export type Misfortune =
  | { kind: "redis-flush" }
  | { kind: "redis-restart"; downMs: number }
  | { kind: "aws-down"; downMs: number }
  | { kind: "slack-down"; downMs: number }
  | { kind: "cut-sockets" }
  | { kind: "duplicate-deliveries"; extra: number }
  | { kind: "slow-deliveries"; ms: number }
  | { kind: "host-clock"; byMs: number }
  | { kind: "aws-clock"; byMs: number }
  | { kind: "kill"; replica: number }
  /** Athena reads so long for every query from now on. */
  | { kind: "slow-queries"; runMs: number }
  /** Athena reads half of every query and then stands still for so long. */
  | { kind: "held-queries"; forMs: number }
  /** The next query fails for lack of Athena's resources. */
  | { kind: "failed-query" };

export type Fault = MessageFault | TimedFault;

export function faultName(fault: Fault): string {
  if (fault.type === "timed") return fault.what.kind;
  const { effect, on } = fault;
  const when = "when" in effect ? ` ${effect.when}` : "";
  return `${effect.kind}${when} ${on}`;
}

export function faultText(fault: Fault): string {
  if (fault.type === "message") return `message ${fault.nth} of ${faultName(fault)}`;
  const { kind, ...rest } = fault.what;
  return `at ${fault.atMs} ms ${kind} ${JSON.stringify(rest)}`;
}
