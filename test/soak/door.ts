import { setTimeout as wait } from "node:timers/promises";
import type { Effect } from "./fault.ts";
import type { FaultPlan } from "./fault-plan.ts";

/** Through which door one replica speaks, and what becomes of it there. */
export type Speaker = {
  /** Nothing of a dead replica passes any more, in either direction. */
  isDead(): boolean;
  /** Ends the replica now. */
  kill(): void;
};

/** What a door lets a message do: pass to the peer or not, and its answer back or not. */
export type Passage = { to: boolean; back: boolean; instead?: "error" | "throttle" };

/** Says what happens to a message before it is given to the peer; waits where the fault is a delay. */
export async function atTheDoor(
  plan: FaultPlan,
  kind: Parameters<FaultPlan["meet"]>[0],
  speaker: Speaker,
): Promise<{ passage: Passage; afterwards: () => void }> {
  const nothing = () => undefined;
  if (speaker.isDead()) return { passage: { to: false, back: false }, afterwards: nothing };
  const effect = plan.meet(kind);
  if (effect?.kind === "delay") await wait(effect.ms);
  if (effect?.kind === "kill" && effect.when === "before") speaker.kill();
  if (speaker.isDead()) return { passage: { to: false, back: false }, afterwards: nothing };
  return {
    passage: passageOf(effect),
    afterwards: effect?.kind === "kill" ? () => speaker.kill() : nothing,
  };
}

function passageOf(effect: Effect | undefined): Passage {
  switch (effect?.kind) {
    case "drop":
      return { to: effect.when === "after", back: false };
    case "error":
    case "throttle":
      return { to: false, back: true, instead: effect.kind };
    case "kill":
      return { to: true, back: false };
    case "delay":
    case undefined:
      return { to: true, back: true };
  }
}
