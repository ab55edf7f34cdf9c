import * as z from "zod";
import type { Config } from "../../config.ts";
import type { Access } from "../../runbook/access-file.ts";
import { type AskSlack, slackAsker } from "./ask-slack.ts";
import { error, type Finding, ok, unseen, warning } from "./finding.ts";

/** The bot scopes of `manifest.yml`. */
export const wantedScopes = [
  "channels:read",
  "chat:write",
  "commands",
  "files:write",
  "groups:read",
  "usergroups:read",
  "users.profile:read",
  "users:read",
];

/**
 * The app as Slack has it, the channels that requests are shown in, and the one where alarms are raised. `access`: absent
 * when it could not be read.
 */
export async function checkSlack(
  { slack, auditChannel }: Pick<Config, "slack" | "auditChannel">,
  access: Access | undefined,
): Promise<Finding[]> {
  const ask = slackAsker(slack.apiUrl);
  const auth = await ask("auth.test", slack.botToken);
  if (auth.status === "unreachable")
    return [
      error("slack", `Slack can't be reached (${auth.reason}).`, "Let the host reach slack.com on port 443."),
    ];
  if (auth.status === "refused")
    return [
      error(
        "slack",
        `Slack refuses the bot token: ${auth.error}.`,
        "Take SLACK_BOT_TOKEN from the app's page, OAuth & Permissions; install the app again if it was removed.",
      ),
    ];
  const shownIn = (access?.policies ?? []).map(({ channel }) => channel);
  const channels = [...new Set([...shownIn, access?.breakGlass?.channel ?? []].flat())].sort();
  const found: Finding[] = [];
  for (const channel of channels)
    found.push(await channelFinding(ask, slack.botToken, channel, `channel ${channel}`, "access.yml"));
  found.push(
    auditChannel === undefined
      ? warning(
          "audit channel",
          "There is none: alarms stand in the log alone.",
          "Set JIT_AUDIT_CHANNEL to the id of a channel that security reads, and invite the bot.",
        )
      : await channelFinding(
          ask,
          slack.botToken,
          auditChannel,
          `audit channel ${auditChannel}`,
          "JIT_AUDIT_CHANNEL",
        ),
  );
  return [
    ...teamFindings(auth.body, slack.allowedTeams),
    ...scopeFindings(auth.scopes),
    ...(await transportFindings(ask, slack)),
    ...found,
    unseen(
      "manifest",
      "A bot token can't read the app's manifest: its scopes were compared above; commands, events, interactivity and home tab were not.",
      "Compare the app's page, App Manifest, with manifest.yml (for HTTPS also docs/manifest.http.yml).",
    ),
  ];
}

const authSchema = z.object({
  team_id: z.string(),
  user: z.string().default(""),
  bot_id: z.string().optional(),
});

function teamFindings(body: unknown, allowedTeams: readonly string[]): Finding[] {
  const { data } = authSchema.safeParse(body);
  if (!data?.bot_id)
    return [
      error("slack", "SLACK_BOT_TOKEN is not the token of a bot.", "Take the one that starts with xoxb-."),
    ];
  if (allowedTeams.length > 0 && !allowedTeams.includes(data.team_id))
    return [
      error(
        "slack",
        `The bot token belongs to team ${data.team_id}, which SLACK_ALLOWED_TEAMS does not name.`,
        "Add that team, or use a token of an allowed one.",
      ),
    ];
  return [ok("slack", `Slack knows the bot as ${data.user} in team ${data.team_id}.`)];
}

function scopeFindings(scopes: readonly string[]): Finding[] {
  if (scopes.length === 0)
    return [
      unseen("scopes", "Slack did not say which scopes the bot token has.", "Look at OAuth & Permissions."),
    ];
  const lacking = wantedScopes.filter((scope) => !scopes.includes(scope));
  const beyond = scopes.filter((scope) => !wantedScopes.includes(scope)).toSorted();
  return [
    ...(lacking.length > 0
      ? [
          error(
            "scopes",
            `The bot token lacks ${lacking.join(", ")}.`,
            "Bring the app to manifest.yml (App Manifest), install it again and use the new token.",
          ),
        ]
      : [ok("scopes", "The bot token has every scope of manifest.yml.")]),
    ...(beyond.length > 0
      ? [
          warning(
            "scopes",
            `The bot token may do more than it needs: ${beyond.join(", ")}.`,
            "Take these scopes off the app: a stolen token could use them.",
          ),
        ]
      : []),
  ];
}

/** Opening a Socket Mode address connects nothing; it only shows that the app token may. */
async function transportFindings(ask: AskSlack, slack: Config["slack"]): Promise<Finding[]> {
  if (slack.transport === "http")
    return [
      unseen(
        "transport",
        "Whether Slack reaches the bot over HTTPS, and has the same signing secret, can't be seen from here.",
        "Save the request URL on the app's page: Slack asks the running bot at once.",
      ),
    ];
  const answer = await ask("apps.connections.open", slack.appToken ?? "");
  if (answer.status === "ok") return [ok("transport", "Socket Mode is open to the app token.")];
  const why = answer.status === "refused" ? answer.error : answer.reason;
  return [
    error(
      "transport",
      `Socket Mode is closed to the app token: ${why}.`,
      "Make an app-level token with connections:write, put it into SLACK_APP_TOKEN, and switch Socket Mode on.",
    ),
  ];
}

const channelSchema = z.object({
  name: z.string().default(""),
  is_archived: z.boolean().default(false),
  is_member: z.boolean().default(false),
  is_shared: z.boolean().default(false),
  is_org_shared: z.boolean().default(false),
  is_ext_shared: z.boolean().default(false),
  is_pending_ext_shared: z.boolean().default(false),
});

/** `said`: where its id was written. */
async function channelFinding(
  ask: AskSlack,
  token: string,
  id: string,
  about: string,
  said: string,
): Promise<Finding> {
  const answer = await ask("conversations.info", token, { channel: id });
  if (answer.status === "unreachable")
    return unseen(about, `Slack could not be asked (${answer.reason}).`, "Run jit doctor again.");
  if (answer.status === "refused")
    return error(
      about,
      `Slack does not show it to the bot: ${answer.error}.`,
      `Correct the channel's id in ${said}; invite the bot, if the channel is private.`,
    );
  const { data } = channelSchema.safeParse(answer.body["channel"]);
  if (!data) return unseen(about, "Slack's answer could not be read.", "Look at the channel by hand.");
  const shared = data.is_ext_shared || data.is_pending_ext_shared || (data.is_shared && !data.is_org_shared);
  const named = `${about} (#${data.name})`;
  if (data.is_archived)
    return error(named, "It is archived.", `Restore it, or name another channel in ${said}.`);
  if (shared)
    return error(
      named,
      "People of another organisation read it, so nothing about requests may be shown there.",
      `Name a channel in ${said} that is not shared.`,
    );
  if (!data.is_member) return error(named, "The bot is not in it.", "Invite the bot: /invite @jit");
  return ok(named, "The bot is in it, and nobody else's organisation.");
}
