import * as z from "zod";
import { askSlack } from "./ask-slack.ts";
import { known, unavailable, type Asked } from "./asked.ts";
import type { Managers } from "./ports.ts";
import { why } from "./sentences.ts";

/** The part of Slack's WebClient that is used here. */
export interface ProfilesClient {
  users: { profile: { get(args: { user: string }): Promise<unknown> } };
  team: { profile: { get(args: Record<string, never>): Promise<unknown> } };
}

export type ManagersInProfilesOptions = {
  /** Id of the custom profile field, e.g. `Xf0123ABCD`. */
  field: string;
  /**
   * Accepts a field that people may edit. Then everybody can name a friend as their manager, whose approval counts as the manager's.
   */
  allowEditable?: boolean;
  timeoutMs?: number;
};

const noFields = z.union([z.null(), z.array(z.never())]).transform(() => ({}));
const profileAnswer = z.object({
  profile: z.object({
    fields: z.union([z.record(z.string(), z.object({ value: z.string() })), noFields]).optional(),
  }),
});

const yes = z.union([z.literal(true), z.literal(1)]);
const teamAnswer = z.object({
  profile: z.object({
    fields: z.array(z.object({ id: z.string(), type: z.string(), options: z.unknown() })),
  }),
});

/**
 * Managers from a custom field of Slack profiles whose type is a person: https://docs.slack.dev/reference/methods/users.profile.get
 * and https://docs.slack.dev/reference/methods/team.profile.get (both scope `users.profile:read`). The field must be marked
 * `is_protected`, which is taken to mean that people can't edit it; Slack's page names that mark without explaining it.
 */
export function managersInProfiles(client: ProfilesClient, options: ManagersInProfilesOptions): Managers {
  return {
    async managerOf(slackUserId) {
      const user = slackUserId.split(":").at(-1) ?? "";
      const [field, manager] = await Promise.all([
        checkField(client, options),
        readManager(client, user, options),
      ]);
      if (field.status === "unavailable") return field;
      if (manager.status === "unavailable" || manager.value === undefined) return manager;
      return manager.value === user ? unavailable(why.ownManager) : manager;
    },
  };
}

/** Asked each time: a field that was protected may have been opened since. */
async function checkField(client: ProfilesClient, options: ManagersInProfilesOptions): Promise<Asked<true>> {
  const asked = await askSlack({
    ask: () => client.team.profile.get({}),
    schema: teamAnswer,
    scope: "users.profile:read",
    ...timeout(options),
  });
  if (asked.status === "unavailable") return asked;
  const field = asked.value.profile.fields.find(({ id }) => id === options.field);
  if (field?.type !== "user") return unavailable(why.noProfileField(options.field));
  const isProtected = z.object({ is_protected: yes }).safeParse(field.options).success;
  return isProtected || options.allowEditable ? known(true) : unavailable(why.editableField(options.field));
}

async function readManager(
  client: ProfilesClient,
  user: string,
  options: ManagersInProfilesOptions,
): Promise<Asked<string | undefined>> {
  const asked = await askSlack({
    ask: () => client.users.profile.get({ user }),
    schema: profileAnswer,
    scope: "users.profile:read",
    meanings: { user_not_found: unavailable(why.noPerson) },
    ...timeout(options),
  });
  if (asked.status === "unavailable") return asked;
  const fields: Record<string, { value: string }> = asked.value.profile.fields ?? {};
  const value = Object.hasOwn(fields, options.field) ? fields[options.field]?.value : undefined;
  if (!value) return known(undefined);
  return /^[UW][A-Z0-9]+$/.test(value) ? known(value) : unavailable(why.wrongShape("Slack"));
}

function timeout({ timeoutMs }: ManagersInProfilesOptions): { timeoutMs?: number } {
  return timeoutMs === undefined ? {} : { timeoutMs };
}
