import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everyPoint, plainStory, probedStory } from "./every-point.ts";
import { type Lane, openLane } from "./lane.ts";
import { createRandom } from "./random.ts";
import { runStory } from "./run-story.ts";
import { shrink } from "./shrink.ts";
import { type Act, imagineStory, type Story, storyText } from "./story.ts";
import { violationText } from "./violation.ts";

/** As much of `npm run soak` as fits; what it finds is replayed with the seed that it names. */
const BUDGET_MS = 10_000;

describe("whatever breaks", () => {
  let lane: Lane;
  beforeAll(async () => {
    lane = await openLane();
  });
  afterAll(() => lane?.[Symbol.asyncDispose]());

  async function found(story: Story): Promise<string | undefined> {
    const { violations, trace } = await runStory(lane, story);
    if (violations.length === 0) return undefined;
    return [storyText(story), ...violations.map(violationText), ...trace].join("\n");
  }

  test("a session whose end comes in time for it is probed", async () => {
    expect(await found(probedStory)).toBeUndefined();
  });

  test("of a product that forgets votes no more is told than the approval that shows it", async () => {
    const planted = forgetVotesOnceRead(lane);
    const fails = async (story: Story) => {
      const { violations } = await runStory(lane, story);
      return violations.some(({ invariant }) => invariant === 2);
    };
    const queueAgain: Act = { kind: "queue-again", times: 2, afterMs: 0 };
    const approve: Act = { kind: "approve", by: "lead", times: 1, afterMs: 0 };
    const told = { ...plainStory, requests: [{ ...ofEngineer, acts: [queueAgain, approve] }] };
    expect(await fails(told)).toBe(true);
    expect(await shrink(told, fails)).toEqual({
      ...plainStory,
      requests: [{ ...ofEngineer, acts: [approve] }],
    });
    planted.isMended = true;
  });

  test("random stories of people and faults violate no invariant", async () => {
    const until = performance.now() + BUDGET_MS;
    for (let seed = 1; performance.now() < until; seed++)
      expect(await found(imagineStory(seed, { replicas: 2 }))).toBeUndefined();
  });

  test("a replica that dies, or a message that is lost, at any point of an access’s life violates none", async () => {
    expect(await found(plainStory)).toBeUndefined();
    const points = everyPoint(lane.plan.counts());
    const random = createRandom(Date.now());
    const until = performance.now() + BUDGET_MS;
    while (performance.now() < until) expect(await found(random.pick(points))).toBeUndefined();
  });
});

const ofEngineer = { who: "engineer", runbook: "orders-by-id", window: false } as const;

/** The planted bug: whoever reads an order takes the votes out of its request. */
function forgetVotesOnceRead({ aws, store }: Lane): { isMended: boolean } {
  const planted = { isMended: false };
  aws.calls.onCall(({ operation, sessionName }) => {
    const [, requestId] = /^jit-(R[0-9A-Z]+)-1$/.exec(sessionName ?? "") ?? [];
    if (operation !== "GetItem" || requestId === undefined || planted.isMended) return;
    void store.change(requestId, (request) => ({ status: "changed", request: { ...request, votes: [] } }));
  });
  return planted;
}
