import { RunbookError, describeProblem } from "../errors.ts";
import { createSchedules } from "../people/create-schedules.ts";
import { identify } from "../people/identify.ts";
import type { PeopleFiles } from "../people/load-people-files.ts";
import { managersFromFile } from "../people/managers-file.ts";
import { type Membership, personOf } from "../policy/membership.ts";
import { explanationParts } from "../policy/explanation-parts.ts";
import type { SaidPart } from "../request/said.ts";
import type { PersonId } from "../runbook/plan.ts";
import { checkSql } from "../sql/check-sql.ts";
import { loadFiles } from "../reload-catalogue.ts";
import { explainAccess } from "../workflow/explain-access.ts";
import type { People } from "../workflow/ports.ts";
import { type Command, type Io, runbooksDir } from "./command.ts";
import { readFlagValues } from "./flag-values.ts";

/** Team of people whom the files name without one. */
const HOME = "T0HOME";

const maxInputs = 50;

export const explain: Command = {
  name: "explain",
  usage: "explain <runbook> [input=value …] --as U… [--at TIME] [--reference TEXT] [--dir DIR]",
  summary:
    "Say what access.yml would decide: who may ask, who decides and why, which rule. Asks nobody: what only a directory knows is unavailable.",
  async run(args, io) {
    const call = readFlagValues(args, { valued: ["--as", "--at", "--reference", "--dir"], words: maxInputs });
    const [name, ...inputs] = call?.words ?? [];
    const {
      "--as": as,
      "--at": when,
      "--reference": reference,
      "--dir": dir = runbooksDir(io),
    } = call?.values ?? {};
    const at = when === undefined ? new Date() : new Date(when);
    const wrong = [
      ...(as !== undefined && !/^(T[A-Z0-9]+:)?[UW][A-Z0-9]+$/.test(as)
        ? [`--as ${as} is nobody: write a Slack user id, like U0123ABCD or T0123ABCD:U0123ABCD.`]
        : []),
      ...(Number.isNaN(at.getTime())
        ? [`--at ${when ?? ""} is no time: write it with its zone, like 2026-11-21T02:10:00Z.`]
        : []),
      ...inputs.filter((word) => !word.includes("=")).map((word) => `${word} is no input: write name=value.`),
    ];
    if (name === undefined || as === undefined || wrong.length > 0) {
      for (const line of wrong) io.err(line);
      io.err(`Usage: jit ${explain.usage}`);
      return 2;
    }
    try {
      const { catalogue, people: files } = await loadFiles(dir);
      const deps = {
        catalogue: () => catalogue,
        team: HOME,
        people: peopleOfFiles(files),
        store: { ofPerson: async () => [] },
        checkSql: async (...query: Parameters<typeof checkSql>) => checkSql(...query),
      };
      const asked = {
        runbook: name,
        requester: personOf(as, HOME),
        rawInputs: readInputs(inputs),
        ...(reference === undefined ? {} : { reference }),
      };
      const outcome = await explainAccess(deps, asked, at);
      if (outcome.status === "unknown-runbook") {
        io.err(`There is no runbook "${name}" in ${dir}.`);
        return 1;
      }
      tell(io, explanationParts(outcome.explanation, outcome));
      return outcome.explanation.verdict.status === "decided" ? 0 : 1;
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      for (const problem of error.problems) io.err(`error ${describeProblem(problem)}`);
      return 1;
    }
  },
};

function readInputs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")];
    }),
  );
}

/** The files answer; what only Slack or a provider knows is unavailable. */
function peopleOfFiles(files: PeopleFiles): People {
  const schedules = createSchedules({ onCallFile: () => files.onCall, people: () => files.people });
  const known = (members: readonly string[]): Membership => ({
    status: "known",
    value: members.map((member) => personOf(member, HOME)),
  });
  return {
    identify: (person) => identify(files.people, person, HOME),
    async members(source, at) {
      if (source.kind === "schedule" && source.schedule.provider === "file") {
        const { provider, schedule } = source.schedule;
        const asked = await schedules.onCall({ provider, schedule }, at);
        return asked.status === "known" ? known(asked.value.flatMap((one) => one.slackUserId ?? [])) : asked;
      }
      const { managers } = files;
      if (source.kind === "manager" && managers) {
        const asked = await managersFromFile(() => managers).managerOf(source.of.userId);
        return asked.status === "known" ? known(asked.value === undefined ? [] : [asked.value]) : asked;
      }
      return { status: "unavailable", why: "the command line does not ask there" };
    },
  };
}

function tell(io: Io, parts: readonly SaidPart[]): void {
  for (const { title, lines } of parts) {
    io.out(title);
    for (const line of lines)
      io.out(`  ${line.map((word) => (typeof word === "string" ? word : shown(word))).join("")}`);
  }
}

function shown({ teamId, userId, subject }: PersonId): string {
  const account = teamId === HOME ? userId : `${teamId}:${userId}`;
  return subject === undefined ? account : `${account} [${subject}]`;
}
