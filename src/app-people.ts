import type { Config } from "./config.ts";
import { unavailable } from "./people/asked.ts";
import { identify } from "./people/identify.ts";
import { createSchedules } from "./people/create-schedules.ts";
import type { PeopleFiles } from "./people/load-people-files.ts";
import { managersFromFile } from "./people/managers-file.ts";
import { managersInProfiles, type ProfilesClient } from "./people/managers-in-profiles.ts";
import { opsgenieSchedules } from "./people/opsgenie.ts";
import { pagerDutySchedules } from "./people/pagerduty.ts";
import type { Managers } from "./people/ports.ts";
import { rememberManagers, rememberSchedules, rememberUserGroups } from "./people/remember-briefly.ts";
import { why } from "./people/sentences.ts";
import { slackUserGroups, type UserGroupsClient } from "./people/slack-user-groups.ts";
import { type Membership, personOf } from "./policy/membership.ts";
import type { Clock, People } from "./workflow/ports.ts";

export type PeopleOptions = {
  config: Config["people"];
  client: UserGroupsClient & ProfilesClient;
  /** As last read. */
  files: () => PeopleFiles;
  clock: Clock;
  /** Team of people whom a directory names without one. */
  team: string;
};

/**
 * Who is in a group whose members stand elsewhere, out of every directory that is set up. Somebody on call whom
 * nothing links to a Slack user is nobody here.
 */
export function createPeople({ config = {}, client, files, clock, team }: PeopleOptions): People {
  const memory = { now: () => clock.now() };
  const schedules = rememberSchedules(
    createSchedules({
      ...(config.pagerDuty ? { pagerDuty: pagerDutySchedules(config.pagerDuty) } : {}),
      ...(config.opsgenie ? { opsgenie: opsgenieSchedules(config.opsgenie) } : {}),
      onCallFile: () => files().onCall,
      people: () => files().people,
    }),
    memory,
  );
  const userGroups = rememberUserGroups(slackUserGroups(client), memory);
  const managers = rememberManagers(createManagers(config.managerField, client, files), memory);
  const known = (members: readonly string[]): Membership => ({
    status: "known",
    value: members.map((member) => personOf(member, team)),
  });

  return {
    identify: (person) => identify(files().people, person, team),
    async members(source, at, fresh) {
      switch (source.kind) {
        case "user-group": {
          const asked = await userGroups.members(source.userGroup, { fresh });
          return asked.status === "known" ? known(asked.value) : asked;
        }
        case "schedule": {
          const { provider, schedule, escalationPolicy } = source.schedule;
          const ref =
            provider === "file"
              ? { provider, schedule }
              : { provider, schedule, ...(escalationPolicy === undefined ? {} : { escalationPolicy }) };
          const asked = await schedules.onCall(ref, at, { fresh });
          if (asked.status !== "known") return asked;
          return known(asked.value.flatMap(({ slackUserId }) => slackUserId ?? []));
        }
        case "manager": {
          const { teamId, userId } = source.of;
          const asked = await managers.managerOf(teamId === team ? userId : `${teamId}:${userId}`, { fresh });
          if (asked.status !== "known") return asked;
          return known(asked.value === undefined ? [] : [asked.value]);
        }
      }
    },
  };
}

/** The file where there is one, else the field of Slack profiles that the deployment names. */
function createManagers(
  field: string | undefined,
  client: ProfilesClient,
  files: () => PeopleFiles,
): Managers {
  const inProfiles = field === undefined ? undefined : managersInProfiles(client, { field });
  return {
    async managerOf(person, options) {
      const { managers } = files();
      if (managers) return managersFromFile(() => managers).managerOf(person, options);
      return inProfiles
        ? inProfiles.managerOf(person, options)
        : unavailable(why.notSetUp("a list of managers"));
    },
  };
}
