import * as z from "zod";
import { readYamlFile } from "../runbook/yaml-file.ts";
import { known } from "./asked.ts";
import type { PeopleFile } from "./people-file.ts";
import type { Managers } from "./ports.ts";
import { slackMember } from "./slack-member.ts";

/** `managers.yml`: person → their manager, both as Slack users. */
export const managersSchema = z.strictObject({ managers: z.record(slackMember, slackMember) });

export type ManagersFile = z.infer<typeof managersSchema>;

/** Also refused: somebody who is their own manager. */
export function readManagers(file: string, bytes: Uint8Array): PeopleFile<ManagersFile> {
  const read = readYamlFile(file, bytes, managersSchema);
  if (read.status === "refused") return read;
  const problems = Object.entries(read.value.managers).flatMap(([person, manager]) =>
    person === manager ? [read.problemAt(["managers", person], "nobody is their own manager")] : [],
  );
  return problems.length > 0 ? { status: "refused", problems } : { status: "read", value: read.value };
}

/** Managers as the file has them whenever it is asked; a person is looked for exactly as written there. */
export function managersFromFile(file: () => ManagersFile): Managers {
  return {
    async managerOf(slackUserId) {
      const { managers } = file();
      return known(Object.hasOwn(managers, slackUserId) ? managers[slackUserId] : undefined);
    },
  };
}
