import { type Effect, faultName, type MessageFault, type MessageKind, type Peer } from "./fault.ts";

/** Counts every message and says which of them a fault hits. One for all replicas of a lane. */
export type FaultPlan = {
  /** What happens to this message; counts it. */
  meet(kind: MessageKind): Effect | undefined;
  /** Begins to count anew, with other faults. */
  begin(faults: readonly MessageFault[]): void;
  /** From now on nothing goes wrong any more; counting goes on. */
  heal(): void;
  /** How many messages of each kind came since `begin`. */
  counts(): ReadonlyMap<MessageKind, number>;
  /** Which faults have hit since `begin`, by name. */
  hits(): readonly string[];
};

export function createFaultPlan(): FaultPlan {
  let counts = new Map<MessageKind, number>();
  let byPeer = new Map<Peer, number>();
  let waiting: MessageFault[] = [];
  let hits: string[] = [];
  return {
    meet(kind) {
      const peer = kind.slice(0, kind.indexOf(":")) as Peer;
      const no = (counts.get(kind) ?? 0) + 1;
      const noOfPeer = (byPeer.get(peer) ?? 0) + 1;
      counts.set(kind, no);
      byPeer.set(peer, noOfPeer);
      const hit = waiting.find(({ on, nth }) => nth === (on === kind ? no : on === peer ? noOfPeer : 0));
      if (!hit) return undefined;
      waiting = waiting.filter((fault) => fault !== hit);
      hits.push(faultName(hit));
      return hit.effect;
    },
    begin(faults) {
      counts = new Map();
      byPeer = new Map();
      waiting = [...faults];
      hits = [];
    },
    heal() {
      waiting = [];
    },
    counts: () => counts,
    hits: () => hits,
  };
}
