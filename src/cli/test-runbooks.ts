import { RunbookError, describeProblem } from "../errors.ts";
import { loadCatalogue } from "../runbook/load-catalogue.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { runTest } from "../runbook/run-test.ts";
import { readArgs } from "./command.ts";
import type { Command, Io } from "./command.ts";

export const testRunbooks: Command = {
  name: "test",
  usage: "test [dir]",
  summary: "Play the tests in the runbooks' files (default: runbooks): inputs, refusals, exact requests.",
  async run(args, io) {
    const call = readArgs(args, { words: 1 });
    if (!call) {
      io.err(`Usage: jit ${testRunbooks.usage}`);
      return 2;
    }
    try {
      const { catalogue } = await loadCatalogue(call.words[0] ?? "runbooks");
      return await playAll(catalogue, io);
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      for (const problem of error.problems) io.err(`error ${describeProblem(problem)}`);
      return 1;
    }
  },
};

async function playAll({ runbooks, dataSources }: Catalogue, io: Io): Promise<number> {
  let passed = 0;
  let failed = 0;
  for (const [name, runbook] of runbooks) {
    io.out(name);
    const dataSource = dataSources.get(runbook.datasource);
    if (!dataSource) throw new TypeError("a loaded runbook has its data source");
    for (const test of runbook.tests) {
      const outcome = await runTest(runbook, test, dataSource);
      if (outcome.status === "passed") passed++;
      else failed++;
      io.out(`  ${outcome.status === "passed" ? "ok    " : "FAILED"} ${test.name}`);
      if (outcome.status === "failed") io.out(`         ${outcome.message.replaceAll("\n", "\n         ")}`);
    }
  }
  io.out(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
