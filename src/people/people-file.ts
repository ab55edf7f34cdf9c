import * as z from "zod";
import type { Problem } from "../errors.ts";
import { readYamlFile, type ReadYamlFile } from "../runbook/yaml-file.ts";
import { slackMember } from "./slack-member.ts";

const identities = z
  .strictObject({
    pagerduty: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, "a PagerDuty user's id, e.g. PXPGF42, not a name or an e-mail address")
      .exactOptional(),
    opsgenie: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, "an Opsgenie user's id, not a user name or an e-mail address")
      .exactOptional(),
    sso: z.string().min(1).max(255).exactOptional().meta({
      description: "The subject in the identity provider; accounts with one subject are one person.",
    }),
  })
  .refine((one) => Object.keys(one).length > 0, "nothing is linked here; name pagerduty, opsgenie or sso");

/** `people.yml`: who a Slack user is elsewhere. Every link is written down here and reviewed; nothing else links anybody. */
export const peopleSchema = z.strictObject({ people: z.record(slackMember, identities).default({}) });

export type People = z.infer<typeof peopleSchema>;

type LinkedDirectory = Exclude<keyof z.infer<typeof identities>, "sso">;

export type PeopleFile<T> = { status: "read"; value: T } | { status: "refused"; problems: Problem[] };

/** Also refused: one identity of PagerDuty or Opsgenie linked to two Slack users. */
export function readPeople(file: string, bytes: Uint8Array): PeopleFile<People> {
  const read = readYamlFile(file, bytes, peopleSchema);
  if (read.status === "refused") return read;
  const problems = linkedTwice(read);
  return problems.length > 0 ? { status: "refused", problems } : { status: "read", value: read.value };
}

/** The Slack user whom this identity is linked to. */
export function linkedTo({ people }: People, directory: LinkedDirectory, id: string): string | undefined {
  return Object.entries(people).find(([, linked]) => sameIdentity(directory, linked[directory], id))?.[0];
}

/** Opsgenie's ids are UUIDs, whose letters have no case. */
function sameIdentity(directory: LinkedDirectory, one: string | undefined, other: string): boolean {
  if (one === undefined) return false;
  return directory === "opsgenie" ? one.toLowerCase() === other.toLowerCase() : one === other;
}

function linkedTwice({ value, problemAt }: ReadYamlFile<People>): Problem[] {
  // Several accounts of one person share the subject of their single sign-on.
  const directories: readonly LinkedDirectory[] = ["pagerduty", "opsgenie"];
  return Object.entries(value.people).flatMap(([user, linked]) =>
    directories.flatMap((directory) => {
      const id = linked[directory];
      const owner = id === undefined ? undefined : linkedTo(value, directory, id);
      if (owner === undefined || owner === user) return [];
      return [
        problemAt(
          ["people", user, directory],
          `the same ${directory} identity is linked to ${owner} already`,
        ),
      ];
    }),
  );
}
