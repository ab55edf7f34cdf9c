import { setTimeout as wait } from "node:timers/promises";
import { type WebClient, WebAPIPlatformError } from "@slack/web-api";
import { ConfigError } from "../errors.ts";
import type { Log } from "../workflow/ports.ts";

export type OwnTeam = {
  teamId: string;
  enterpriseId?: string;
  /** Teams whose people may act: those of the configuration, or the bot's own. */
  allowedTeams: readonly string[];
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Asks Slack whose bot token this is, and waits for a Slack that can't be reached.
 *
 * @throws ConfigError when Slack refuses the token, or it belongs to a team that is not allowed.
 */
export async function findOwnTeam(
  client: WebClient,
  configured: readonly string[],
  log: Log,
  signal: AbortSignal,
): Promise<OwnTeam> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      const { team_id: teamId = "", enterprise_id: enterpriseId } = await client.auth.test();
      if (configured.length > 0 && !configured.includes(teamId))
        throw new ConfigError([
          `SLACK_ALLOWED_TEAMS does not name ${teamId}, the team of SLACK_BOT_TOKEN. Add it, or use that team's token.`,
        ]);
      const allowedTeams = configured.length > 0 ? configured : [teamId];
      return { teamId, allowedTeams, ...(enterpriseId ? { enterpriseId } : {}) };
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (error instanceof WebAPIPlatformError)
        throw new ConfigError([
          `Slack refuses SLACK_BOT_TOKEN (${error.data.error}). Take the token from the app's page.`,
        ]);
      log.warn("Slack can't be reached; trying again", { error, waitMs });
      await wait(waitMs, undefined, { signal });
    }
  }
}
