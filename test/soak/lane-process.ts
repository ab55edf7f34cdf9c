import { openLane, type Lane } from "./lane.ts";
import { runStory, type Verdict } from "./run-story.ts";
import { shrink } from "./shrink.ts";
import { type Story, storyText } from "./story.ts";
import { violationText } from "./violation.ts";

/** One lane in a process of its own: takes stories from its parent, one at a time, and says how each ended. */
export type Order = { story: Story; as: "in-process" | "process"; shrink: boolean };
export type Report = {
  seed: number;
  tally: Record<string, number>;
  ms: number;
  /** What to print when something was violated. */
  trouble?: string;
  counts: [string, number][];
};

/** Tries for one smaller story: what fails only now and then must not be taken for mended. */
const TRIES = 2;
const SHRINK_FOR_MS = 180_000;
const GRACE_MS = 5_000;

if (process.send) await serve(await openLane());

async function serve(lane: Lane): Promise<void> {
  process.on("message", (order: Order) => {
    void obey(lane, order).then(
      (report) => process.send?.(report),
      (error: unknown) => {
        console.error(error);
        process.exitCode = 1;
        process.disconnect();
      },
    );
  });
  process.once("disconnect", () => {
    // An app that was dead to its peers may wait for them without end; what it leaves behind ends with its process.
    setTimeout(() => process.exit(), GRACE_MS).unref();
    void lane[Symbol.asyncDispose]();
  });
  process.send?.("ready");
}

async function obey(lane: Lane, { story, as, shrink: shallShrink }: Order): Promise<Report> {
  const verdict = await runStory(lane, story, as);
  const counts = [...lane.plan.counts()];
  const trouble =
    verdict.violations.length > 0 ? await troubleText(lane, story, as, verdict, shallShrink) : undefined;
  return { seed: story.seed, tally: verdict.tally, ms: verdict.ms, counts, ...(trouble ? { trouble } : {}) };
}

async function troubleText(
  lane: Lane,
  story: Story,
  as: Order["as"],
  { violations, trace }: Verdict,
  shallShrink: boolean,
): Promise<string> {
  const said = violations.map((one) => `  ${violationText(one)}`).join("\n");
  const errors = [...new Set(lane.errors)].slice(0, 5).map((line) => `  log: ${line}`);
  const lines = [storyText(story), said, ...trace.map((line) => `  ${line}`), ...errors];
  if (!shallShrink) return lines.join("\n");
  const deadline = performance.now() + SHRINK_FOR_MS;
  const kinds = new Set(violations.map(({ invariant }) => invariant));
  const smallest = await shrink(story, async (smaller) => {
    for (let tries = 0; tries < TRIES && performance.now() < deadline; tries++) {
      const again = await runStory(lane, smaller, as);
      if (again.violations.some(({ invariant }) => kinds.has(invariant))) return true;
    }
    return false;
  });
  return [...lines, "the smallest that still fails:", storyText(smallest)].join("\n");
}
