/** The words of a call, and the values of its `--name value` flags; undefined when it has a flag or a word too many, or a value too few. */
export function readFlagValues(
  args: readonly string[],
  { valued, plain = [], words }: { valued: readonly string[]; plain?: readonly string[]; words: number },
):
  | { words: readonly string[]; values: Readonly<Record<string, string>>; flags: ReadonlySet<string> }
  | undefined {
  const found: string[] = [];
  const flags = new Set<string>();
  const values: Record<string, string> = {};
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("-")) found.push(arg);
    else if (plain.includes(arg)) flags.add(arg);
    else {
      const value = args[at + 1];
      if (!valued.includes(arg) || value === undefined || value.startsWith("--")) return undefined;
      values[arg] = value;
      at += 1;
    }
  }
  return found.length > words ? undefined : { words: found, values, flags };
}
