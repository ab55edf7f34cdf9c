/** What goes wrong, for which calls, how often. */
export type Fault = {
  /** `sts`, `dynamodb` or `athena`; all when absent. */
  service?: string;
  /** `Query`, `AssumeRole` …; all when absent. */
  operation?: string;
  /** Only calls that name this table; whatever they name when absent. */
  table?: string;
  /** Ends by itself after so many calls; stays until cleared when absent. */
  times?: number;
  effect: FaultEffect;
};

type FaultEffect =
  | { kind: "latency"; latencyMs: number }
  /** Refused as AWS refuses a caller that is too fast: each service's own code. */
  | { kind: "throttle" }
  /** HTTP 500 without having done anything. */
  | { kind: "internal" }
  | { kind: "error"; code: string; message?: string; status?: number }
  /** The connection is cut, before or after the call was carried out. */
  | { kind: "reset"; when: "before" | "after" }
  /** No answer ever, before or after the call was carried out. */
  | { kind: "hang"; when: "before" | "after" };

export type Faults = {
  /** Returns the id to clear it by. */
  add: (fault: Fault) => number;
  list: () => (Fault & { id: number })[];
  /** One fault, or all; does not bring the peer up. */
  clear: (id?: number) => void;
  /** Drops every connection and accepts none, until `up`. */
  down: () => void;
  up: () => void;
};

/** What the gateway plays on one call. */
export type Played = { latencyMs: number; effect?: Exclude<FaultEffect, { kind: "latency" }> };

export function createFaults(onDown: () => void): Faults & {
  isDown: () => boolean;
  take: (service: string, operation: string, table?: unknown) => Played;
} {
  let faults: (Fault & { id: number })[] = [];
  let lastId = 0;
  let isDown = false;

  return {
    add: (fault) => {
      lastId += 1;
      faults.push({ ...fault, id: lastId });
      return lastId;
    },
    list: () => faults.map((fault) => ({ ...fault })),
    clear: (id) => {
      faults = id === undefined ? [] : faults.filter((fault) => fault.id !== id);
    },
    down: () => {
      isDown = true;
      onDown();
    },
    up: () => {
      isDown = false;
    },
    isDown: () => isDown,
    take: (service, operation, table) => {
      const played: Played = { latencyMs: 0 };
      for (const fault of faults) {
        if ((fault.service ?? service) !== service || (fault.operation ?? operation) !== operation) continue;
        if (fault.table !== undefined && fault.table !== table) continue;
        const { effect } = fault;
        if (effect.kind === "latency") played.latencyMs += effect.latencyMs;
        else if (played.effect) continue;
        else played.effect = effect;
        if (fault.times !== undefined) fault.times -= 1;
      }
      faults = faults.filter((fault) => fault.times === undefined || fault.times > 0);
      return played;
    },
  };
}
