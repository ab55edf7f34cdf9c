/** One word after `jit`. */
export type Command = {
  name: string;
  /** How it is called, without `jit`: `lint [dir]`. */
  usage: string;
  /** What it does, in one line. */
  summary: string;
  /** Resolves to the exit code: 0 done, 1 something is wrong with what was given, 2 the call itself. */
  run: (args: readonly string[], io: Io) => Promise<number>;
};

/** What a command has around it: where it writes, a line at a time (results to `out`, complaints to `err`), and the environment. */
export type Io = {
  out: (line: string) => void;
  err: (line: string) => void;
  env: Readonly<Record<string, string | undefined>>;
};

/** The folder that a command is about when its call names none. */
export function runbooksDir({ env }: Io): string {
  return env["JIT_RUNBOOKS"] || "runbooks";
}

/** The words of a call apart from its flags; undefined when there is a flag or a word too many. */
export function readArgs(
  args: readonly string[],
  { flags = [], words }: { flags?: readonly string[]; words: number },
): { words: readonly string[]; flags: ReadonlySet<string> } | undefined {
  const given = args.filter((arg) => arg.startsWith("-"));
  const plain = args.filter((arg) => !arg.startsWith("-"));
  if (plain.length > words || given.some((flag) => !flags.includes(flag))) return undefined;
  return { words: plain, flags: new Set(given) };
}
