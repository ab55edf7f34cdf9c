import { type Problem, RunbookError } from "../errors.ts";
import { peopleFiles, readOptionalFile } from "../runbook/runbook-files.ts";
import { type ManagersFile, readManagers } from "./managers-file.ts";
import { type OnCallFile, readOnCall } from "./oncall-file.ts";
import { type People, type PeopleFile, readPeople } from "./people-file.ts";

/** What a deployment writes down about people, beside `access.yml`; each file may be missing. */
export type PeopleFiles = {
  people: People;
  onCall: OnCallFile;
  /** Absent where there is no `managers.yml`. */
  managers?: ManagersFile;
};

/** @throws RunbookError with every mistake of every file. */
export async function loadPeopleFiles(dir: string): Promise<PeopleFiles> {
  const problems: Problem[] = [];
  const read = async <T>(name: string, parse: (file: string, bytes: Uint8Array) => PeopleFile<T>) => {
    const file = await readOptionalFile(dir, name);
    if (!file) return undefined;
    const parsed = file.status === "read" ? parse(file.path, file.bytes) : file;
    if (parsed.status === "read") return parsed.value;
    problems.push(...parsed.problems);
    return undefined;
  };
  const people = await read(peopleFiles.people, readPeople);
  const onCall = await read(peopleFiles.onCall, readOnCall);
  const managers = await read(peopleFiles.managers, readManagers);
  if (problems.length > 0) throw new RunbookError(problems);
  return {
    people: people ?? { people: {} },
    onCall: onCall ?? { schedules: {} },
    ...(managers ? { managers } : {}),
  };
}
