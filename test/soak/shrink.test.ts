import { expect, test } from "vitest";
import { shrink } from "./shrink.ts";
import type { Story } from "./story.ts";

const story: Story = {
  seed: 0,
  replicas: 1,
  replaced: true,
  requests: [
    { who: "oncall", runbook: "orders-recent-of-customer", window: false, acts: [] },
    {
      who: "engineer",
      runbook: "orders-by-id",
      window: false,
      acts: [
        { kind: "queue-again", times: 2, afterMs: 0 },
        { kind: "approve", by: "lead", times: 1, afterMs: 0 },
      ],
    },
  ],
  faults: [{ type: "timed", atMs: 0, what: { kind: "slow-deliveries", ms: 20 } }],
};

test("a story is made smaller for as long as what is left still fails", async () => {
  const tried: Story[] = [];
  const smallest = await shrink(story, async (smaller) => {
    tried.push(smaller);
    return smaller.requests.some(({ acts }) => acts.some(({ kind }) => kind === "queue-again"));
  });
  const [tale] = story.requests.slice(1);
  expect(smallest).toEqual({
    ...story,
    requests: [{ ...tale, acts: tale?.acts.slice(0, 1) }],
    faults: [],
  });
  expect(tried).not.toContain(story);
});
