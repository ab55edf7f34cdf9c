import { RunbookError, describeProblem } from "../errors.ts";
import { loadFiles } from "../reload-catalogue.ts";
import { readArgs, runbooksDir } from "./command.ts";
import type { Command } from "./command.ts";
import { readAccessTests } from "./read-access-tests.ts";

export const lint: Command = {
  name: "lint",
  usage: "lint [dir] [--strict]",
  summary:
    "Check a folder of runbooks and all files beside them (default: JIT_RUNBOOKS, else runbooks). --strict: warnings count as errors.",
  async run(args, io) {
    const call = readArgs(args, { flags: ["--strict"], words: 1 });
    if (!call) {
      io.err(`Usage: jit ${lint.usage}`);
      return 2;
    }
    const dir = call.words[0] ?? runbooksDir(io);
    try {
      const { catalogue, warnings } = await loadFiles(dir);
      await readAccessTests(dir);
      for (const warning of warnings) io.err(`warning ${describeProblem(warning)}`);
      const failed = call.flags.has("--strict") && warnings.length > 0;
      io.out(
        `${dir}: ${catalogue.runbooks.size} runbook(s), ${catalogue.dataSources.size} data source(s), ${warnings.length} warning(s), digest ${catalogue.digest.slice(0, 12)}`,
      );
      return failed ? 1 : 0;
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      for (const problem of error.problems) io.err(`error ${describeProblem(problem)}`);
      io.err(
        `${dir}: ${error.problems.length} problem(s); checks that rely on these follow once they are mended`,
      );
      return 1;
    }
  },
};
