import type { JsonObject } from "../json.ts";
import { SlackError } from "../slack-error.ts";
import type { Person, UserGroup, Workspace } from "../workspace.ts";
import { isTrue, required, type Method } from "./method.ts";

export const peopleMethods: Record<string, Method> = {
  "users.info": {
    token: "bot",
    scopes: ["users:read"],
    run({ workspace }, args) {
      const person = workspace.people.get(required(args, "user"));
      if (!person) throw new SlackError("user_not_found");
      return { user: userJson(workspace, person) };
    },
  },
  "users.lookupByEmail": {
    token: "bot",
    scopes: ["users:read.email"],
    run({ workspace }, args) {
      const email = required(args, "email");
      const person = [...workspace.people.values()].find((p) => !p.isStranger && emailOf(p) === email);
      if (!person || person.deleted || person.isBot) throw new SlackError("users_not_found");
      return { user: userJson(workspace, person) };
    },
  },
  "usergroups.list": {
    token: "bot",
    scopes: ["usergroups:read"],
    run({ workspace }, args) {
      const groups = [...workspace.userGroups.values()].filter(
        (group) => !group.disabled || isTrue(args["include_disabled"]),
      );
      return {
        usergroups: groups.map((group) => groupJson(workspace, group, isTrue(args["include_users"]))),
      };
    },
  },
  "usergroups.users.list": {
    token: "bot",
    scopes: ["usergroups:read"],
    run({ workspace }, args) {
      const group = workspace.userGroups.get(required(args, "usergroup"));
      if (!group || (group.disabled && !isTrue(args["include_disabled"]))) {
        throw new SlackError("no_such_subteam");
      }
      return { users: [...group.users] };
    },
  },
};

/** Slack leaves the traits of a person out once they are deactivated, and mails of strangers always. */
function userJson(workspace: Workspace, person: Person): JsonObject {
  const shared = {
    id: person.id,
    team_id: person.teamId,
    name: person.role,
    deleted: person.deleted,
    is_bot: person.isBot,
    is_app_user: false,
    updated: 1_700_000_000,
    profile: {
      real_name: person.realName,
      real_name_normalized: person.realName,
      display_name: person.role,
      display_name_normalized: person.role,
      ...(person.isStranger || person.isBot ? {} : { email: emailOf(person) }),
      ...(person.isBot && person.id === workspace.app.botUserId
        ? { bot_id: workspace.app.botId, api_app_id: workspace.app.appId }
        : {}),
      image_48: `${workspace.baseUrl}/avatars/${person.id}.png`,
      team: person.teamId,
    },
  };
  if (person.deleted) return shared;
  return {
    ...shared,
    real_name: person.realName,
    tz: person.tz,
    tz_label: person.tz,
    tz_offset: 0,
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: person.isRestricted,
    is_ultra_restricted: person.isUltraRestricted,
    is_email_confirmed: !person.isBot,
    who_can_share_contact_card: "EVERYONE",
    is_stranger: person.isStranger,
  };
}

function groupJson(workspace: Workspace, group: UserGroup, withUsers: boolean): JsonObject {
  return {
    id: group.id,
    team_id: workspace.team.id,
    is_usergroup: true,
    is_external: false,
    name: group.name,
    handle: group.handle,
    description: "",
    date_create: 1_700_000_000,
    date_update: 1_700_000_000,
    date_delete: group.disabled ? 1_700_000_001 : 0,
    user_count: group.users.length,
    ...(withUsers ? { users: [...group.users] } : {}),
  };
}

function emailOf(person: Person): string {
  return `${person.role}@example.com`;
}
