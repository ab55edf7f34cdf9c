import type { WebClient } from "@slack/web-api";
import { ConfigError } from "../errors.ts";
import { type Patience, untilReachable } from "./until-reachable.ts";

/** Where this app is installed and as whom, as Slack says for the bot token. */
export type Installation = {
  teamId: string;
  enterpriseId?: string;
  botUserId: string;
  botId: string;
  appId?: string;
  /** Teams whose people may act: those of the configuration, or the bot's own. */
  allowedTeams: readonly string[];
};

/**
 * Asks Slack whose bot token this is, and waits for a Slack that can't be reached.
 *
 * @throws ConfigError when Slack refuses the token, or it belongs to a team that is not allowed
 */
export async function findInstallation(
  client: WebClient,
  { allowedTeams, ...patience }: Patience & { allowedTeams: readonly string[] },
): Promise<Installation> {
  const answer = await untilReachable("say whose bot token this is", patience, () => client.auth.test());
  const {
    team_id: teamId,
    user_id: botUserId,
    bot_id: botId,
    enterprise_id: enterpriseId,
    app_id: appId,
  } = answer;
  if (!teamId || !botUserId || !botId) {
    throw new ConfigError([
      "SLACK_BOT_TOKEN is not the token of a bot: take the one that starts with xoxb-.",
    ]);
  }
  if (allowedTeams.length > 0 && !allowedTeams.includes(teamId)) {
    throw new ConfigError([
      `SLACK_ALLOWED_TEAMS does not name ${teamId}, the team of SLACK_BOT_TOKEN. Add it, or use that team's token.`,
    ]);
  }
  return {
    teamId,
    botUserId,
    botId,
    allowedTeams: allowedTeams.length > 0 ? allowedTeams : [teamId],
    ...(enterpriseId ? { enterpriseId } : {}),
    ...(appId ? { appId } : {}),
  };
}
