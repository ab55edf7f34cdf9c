import { everyPoint, plainStory, probedStory } from "./every-point.ts";
import type { MessageKind } from "./fault.ts";
import type { Order } from "./lane-process.ts";
import { playAll } from "./lanes.ts";
import { readSoakOptions } from "./soak-options.ts";
import { imagineStory, type Story } from "./story.ts";
import { tableOf } from "./table.ts";

/**
 * `npm run soak -- --stories 2000 --seed 1 [--replicas 3] [--lanes 6] [--processes] [--every-point] [--no-shrink]`:
 * random stories of people and faults, and after each the invariants of `docs/architecture.md`. Ends with 1 when one
 * was violated. `docs/testing.md` says how to read it.
 */
const read = readSoakOptions(process.argv.slice(2));
if ("complaint" in read) {
  for (const line of read.complaint) console.error(line);
  process.exit(2);
}
const { values } = read;

const begun = performance.now();
const as = values.processes ? "process" : "in-process";
const order = (story: Story): Order => ({ story, as, shrink: !values["no-shrink"] });
const stories = values["every-point"] ? await pointStories() : randomStories();
let done = 0;
let troubled = 0;
const reports = await playAll(stories.map(order), {
  lanes: Number(values.lanes),
  onReport(report) {
    done += 1;
    if (report.trouble !== undefined) {
      troubled += 1;
      console.log(`\nVIOLATED (npm run soak -- --stories 1 --seed ${report.seed})\n${report.trouble}\n`);
    }
    if (done % 25 === 0) console.log(progress());
  },
});
console.log(tableOf(reports, { ms: performance.now() - begun, replicas: Number(values.replicas), as }));
if (troubled > 0) process.exitCode = 1;

function randomStories(): Story[] {
  const first = Number(values.seed);
  const replicas = Number(values.replicas);
  const told = Array.from({ length: Number(values.stories) }, (_, at) =>
    imagineStory(first + at, { replicas }),
  );
  return told.length > 1 ? [probedStory, ...told] : told;
}

/** The plain story is played once to count its messages. */
async function pointStories(): Promise<Story[]> {
  const [counted] = await playAll([order(plainStory)], { lanes: 1 });
  return everyPoint(new Map(counted?.counts as [MessageKind, number][]));
}

function progress(): string {
  const seconds = (performance.now() - begun) / 1_000;
  const perSecond = (done / seconds).toFixed(2);
  return `${done} of ${stories.length} stories, ${troubled} violated, ${Math.round(seconds)} s, ${perSecond} stories/s`;
}
