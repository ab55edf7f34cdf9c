import { parseArgs } from "node:util";

const options = {
  stories: { type: "string", default: "2000" },
  seed: { type: "string", default: "1" },
  replicas: { type: "string", default: "2" },
  lanes: { type: "string", default: "6" },
  processes: { type: "boolean", default: false },
  "every-point": { type: "boolean", default: false },
  "no-shrink": { type: "boolean", default: false },
} as const;

type SoakOptions = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/** What `npm run soak` was told; lines for whoever typed a word of it that is not understood. */
export function readSoakOptions(args: readonly string[]): { values: SoakOptions } | { complaint: string[] } {
  const flags = Object.entries(options).map(([name, { type }]) => (type === "string" ? `${name} N` : name));
  const usage = `Usage: npm run soak -- ${flags.map((flag) => `[--${flag}]`).join(" ")}`;
  try {
    const { values } = parseArgs({ options, args: [...args] });
    const odd = (["stories", "seed", "replicas", "lanes"] as const).find(
      (name) => !/^[1-9][0-9]*$/.test(values[name]),
    );
    if (odd === undefined) return { values };
    return { complaint: [`--${odd} ${values[odd]}: write a whole number from 1.`, usage] };
  } catch (error) {
    return { complaint: [error instanceof Error ? error.message : String(error), usage] };
  }
}
