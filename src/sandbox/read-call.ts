import { parseArgs } from "node:util";

type Call = { flags: ReadonlySet<string>; runbooks: string | undefined };

/**
 * The flags of `npm run sandbox` and `npm run demo`. What is not known is refused with a sentence, since a misspelt flag
 * would otherwise start something else than was meant.
 *
 * @param allowed names without `--`; `runbooks` takes a value, the others none
 */
export function readCall(
  command: string,
  allowed: readonly string[],
  args: readonly string[],
): Call | { refused: string } {
  const options = Object.fromEntries(
    allowed.map((name) => [name, { type: name === "runbooks" ? ("string" as const) : ("boolean" as const) }]),
  );
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
    const { runbooks } = values;
    return {
      flags: new Set(allowed.filter((name) => values[name] === true)),
      runbooks: typeof runbooks === "string" ? runbooks : undefined,
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const usage = allowed.map((name) => (name === "runbooks" ? "[--runbooks DIR]" : `[--${name}]`)).join(" ");
    return { refused: `${error.message}\nUsage: npm run ${command} -- ${usage}\n` };
  }
}
