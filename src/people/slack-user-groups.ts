import * as z from "zod";
import { askSlack } from "./ask-slack.ts";
import { known, unavailable } from "./asked.ts";
import type { UserGroups } from "./ports.ts";
import { why } from "./sentences.ts";

/** The part of Slack's WebClient that is used here. */
export interface UserGroupsClient {
  usergroups: { users: { list(args: { usergroup: string }): Promise<unknown> } };
}

const answer = z.object({ users: z.array(z.string().regex(/^[UW][A-Z0-9]+$/)) });

/**
 * Members of Slack user groups: https://docs.slack.dev/reference/methods/usergroups.users.list (scope `usergroups:read`,
 * 20 calls a minute). Whoever may edit the group in Slack decides who is in it; a workspace can keep that to its administrators.
 * Disabled groups are not asked for; whether Slack then says "no such group" or names nobody is not documented.
 */
export function slackUserGroups(client: UserGroupsClient, options: { timeoutMs?: number } = {}): UserGroups {
  return {
    async members(userGroupId) {
      if (!/^S[A-Z0-9]+$/.test(userGroupId)) return unavailable(why.noUserGroup(userGroupId));
      const asked = await askSlack({
        ask: () => client.usergroups.users.list({ usergroup: userGroupId }),
        schema: answer,
        scope: "usergroups:read",
        meanings: { no_such_subteam: unavailable(why.noUserGroup(userGroupId)) },
        ...options,
      });
      return asked.status === "unavailable" ? asked : known([...new Set(asked.value.users)]);
    },
  };
}
