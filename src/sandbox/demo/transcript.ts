/** One line of a story: who did, showed, allowed or refused what. */
type Step = {
  story: string;
  who: string;
  what: string;
  /** Text as it was seen, when it is worth reading. */
  seen?: string;
  /** False when it came out otherwise than the story says. */
  asTold: boolean;
};

export type Transcript = {
  begin(story: string, title: string): Told;
  deviations(): number;
  steps(): number;
};

export type Told = {
  /** Something happened. */
  say(who: string, what: string, seen?: string): void;
  /** Something must hold; a deviation is printed and counted, and the story goes on. */
  check(who: string, what: string, holds: boolean, seen?: string): void;
};

const NAME_WIDTH = 18;
const SEEN_LINES = 60;

/** Prints stories as they happen: for a person, or one JSON object per step. */
export function createTranscript(options: { json: boolean; write: (text: string) => void }): Transcript {
  let deviations = 0;
  let steps = 0;
  let printed = "";

  function print(step: Step, title: string): void {
    steps += 1;
    if (!step.asTold) deviations += 1;
    if (options.json) return options.write(`${JSON.stringify(step)}\n`);
    if (printed !== step.story) options.write(`\n${step.story}) ${title}\n\n`);
    printed = step.story;
    const mark = step.asTold ? "" : "DEVIATION: ";
    options.write(`   ${step.who.padEnd(NAME_WIDTH)} ${mark}${step.what}\n`);
    if (step.seen) options.write(indent(step.seen));
  }

  return {
    begin(story, title) {
      return {
        say: (who, what, seen) => print({ story, who, what, asTold: true, ...(seen ? { seen } : {}) }, title),
        check: (who, what, holds, seen) =>
          print({ story, who, what, asTold: holds, ...(seen ? { seen } : {}) }, title),
      };
    },
    deviations: () => deviations,
    steps: () => steps,
  };
}

function indent(seen: string): string {
  const lines = seen.split("\n");
  const shown = lines.slice(0, SEEN_LINES);
  const more = lines.length > shown.length ? [`… ${lines.length - shown.length} more lines`] : [];
  return [...shown, ...more].map((line) => `${" ".repeat(NAME_WIDTH + 4)}│ ${line}\n`).join("");
}
