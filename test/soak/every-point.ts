import type { Effect, MessageFault, MessageKind } from "./fault.ts";
import type { Story } from "./story.ts";

/** The plainest life of an access: asked, approved, run, revoked. */
export const plainStory: Story = {
  seed: 0,
  replicas: 2,
  replaced: false,
  requests: [
    {
      who: "oncall",
      runbook: "orders-by-id",
      window: true,
      acts: [
        { kind: "approve", by: "lead", times: 1, afterMs: 0 },
        { kind: "revoke", by: "lead", times: 1, afterMs: 400 },
      ],
    },
  ],
  faults: [],
};

/** A window whose last run has so short a session that its own probe sees the end of it. */
export const probedStory: Story = {
  seed: -1_000_000,
  replicas: 1,
  replaced: true,
  requests: [
    {
      who: "oncall",
      runbook: "orders-by-id",
      window: true,
      acts: [
        { kind: "approve", by: "lead", times: 1, afterMs: 0 },
        { kind: "last-seconds", leftMs: 5_500, afterMs: 1_200 },
        { kind: "run-again", times: 1, afterMs: 0 },
      ],
    },
  ],
  faults: [],
};

const effects: readonly Effect[] = [
  { kind: "kill", when: "before" },
  { kind: "kill", when: "after" },
  { kind: "drop", when: "after" },
  { kind: "drop", when: "before" },
  { kind: "error" },
];

/** What a replica says to Redis most of the time is that it waits. */
const MOST_OF_A_KIND = 40;

/** One story for every message of the plain one and everything that can happen to it. */
export function everyPoint(counts: ReadonlyMap<MessageKind, number>): Story[] {
  const points = [...counts].flatMap(([on, count]) =>
    on === "redis:wait" || on === "store:DescribeTable" || on === "store:Query"
      ? []
      : Array.from({ length: Math.min(count, MOST_OF_A_KIND) }, (_, index) => ({ on, nth: index + 1 })),
  );
  return points.flatMap(({ on, nth }, point) =>
    effects
      .filter(({ kind }) => kind !== "error" || !on.startsWith("redis:"))
      .map((effect, which) => {
        const fault: MessageFault = { type: "message", on, nth, effect };
        return { ...plainStory, seed: -(point * effects.length + which + 1), faults: [fault] };
      }),
  );
}
