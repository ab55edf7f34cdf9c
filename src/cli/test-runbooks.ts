import { existsSync } from "node:fs";
import { RunbookError, describeProblem } from "../errors.ts";
import { loadCatalogue } from "../runbook/load-catalogue.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { runTest } from "../runbook/run-test.ts";
import { testAccess } from "./test-access.ts";
import { type Command, type Io, readArgs, runbooksDir } from "./command.ts";

export const testRunbooks: Command = {
  name: "test",
  usage: "test [dir] [name]",
  summary:
    "Play the tests in the runbooks' files (default: JIT_RUNBOOKS, else runbooks): inputs, refusals, exact requests; and access.test.yml. With a runbook's name that one alone.",
  async run(args, io) {
    const call = readArgs(args, { words: 2 });
    if (!call) {
      io.err(`Usage: jit ${testRunbooks.usage}`);
      return 2;
    }
    const { dir, name } = whatToTest(call.words, runbooksDir(io));
    try {
      const { catalogue } = await loadCatalogue(dir);
      if (name === undefined) return await playAll(dir, catalogue, io);
      const runbook = catalogue.runbooks.get(name);
      if (runbook) return await playOne(name, runbook, catalogue, io);
      io.err(`error ${dir}: no runbook is called "${name}"`);
      return 1;
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      for (const problem of error.problems) io.err(`error ${describeProblem(problem)}`);
      return 1;
    }
  },
};

/** A word alone is a folder, or else the name of a runbook in the default one. */
function whatToTest(
  [first, name]: readonly string[],
  usual: string,
): { dir: string; name: string | undefined } {
  if (first === undefined) return { dir: usual, name };
  const isName = name === undefined && /^[a-z0-9-]+$/.test(first) && !existsSync(first);
  return isName ? { dir: usual, name: first } : { dir: first, name };
}

type Tally = { passed: number; failed: number };

async function playOne(name: string, runbook: LoadedRunbook, catalogue: Catalogue, io: Io): Promise<number> {
  const tally = await play(name, runbook, catalogue, io);
  return ended(tally, io);
}

async function playAll(dir: string, catalogue: Catalogue, io: Io): Promise<number> {
  const tallies: Tally[] = [];
  for (const [name, runbook] of catalogue.runbooks) tallies.push(await play(name, runbook, catalogue, io));
  const access = await testAccess(dir, catalogue);
  const failures = access.filter(({ problem }) => problem);
  if (access.length > 0)
    io.out(line("access.yml", { passed: access.length - failures.length, failed: failures.length }));
  for (const { name, problem } of failures) {
    io.out(`  FAILED ${name}`);
    if (problem) io.out(`         ${describeProblem(problem)}`);
  }
  tallies.push({ passed: access.length - failures.length, failed: failures.length });
  return ended(
    {
      passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
      failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    },
    io,
  );
}

/** One line for a runbook, and what is wrong below it. */
async function play(
  name: string,
  runbook: LoadedRunbook,
  { dataSources }: Catalogue,
  io: Io,
): Promise<Tally> {
  const dataSource = dataSources.get(runbook.datasource);
  if (!dataSource) throw new TypeError("a loaded runbook has its data source");
  const below: string[] = [];
  const tally = { passed: 0, failed: 0 };
  for (const test of runbook.tests) {
    const outcome = await runTest(runbook, test, dataSource);
    tally[outcome.status] += 1;
    if (outcome.status === "failed")
      below.push(`  FAILED ${test.name}`, `         ${outcome.message.replaceAll("\n", "\n         ")}`);
  }
  io.out(line(name, tally));
  for (const one of below) io.out(one);
  return tally;
}

function line(name: string, { passed, failed }: Tally): string {
  return failed === 0 ? `ok     ${name} (${passed})` : `FAILED ${name} (${failed} of ${passed + failed})`;
}

function ended({ passed, failed }: Tally, io: Io): number {
  io.out(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
