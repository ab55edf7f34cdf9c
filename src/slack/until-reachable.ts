import { setTimeout as wait } from "node:timers/promises";
import { WebAPIPlatformError } from "@slack/web-api";
import { ConfigError } from "../errors.ts";
import type { Log } from "../workflow/ports.ts";

/** Answers that another attempt can't cure: somebody must change a token or the app. Everything else may pass. */
const lastingRefusals = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "missing_scope",
  "no_permission",
  "org_login_required",
  "team_access_not_granted",
  "forbidden_team",
  "socket_mode_not_enabled",
  "app_uninstalled",
]);

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export type Patience = { signal: AbortSignal; log: Log; onUnreachable?: () => void };

/**
 * Repeats what fails because Slack can't be reached, with a line in the log and a longer wait each time.
 *
 * @throws ConfigError when Slack refuses for good; the signal's reason when it is aborted
 */
export async function untilReachable<T>(
  what: string,
  { signal, log, onUnreachable }: Patience,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw error;
      if (isLastingRefusal(error)) {
        throw new ConfigError([
          `Slack refused to ${what}: ${error.data.error}. Check the tokens on the app's page.`,
        ]);
      }
      log.warn("Slack can't be reached; trying again", {
        what,
        waitMs,
        reason: error instanceof Error ? error.message : "the connection closed",
      });
      onUnreachable?.();
      await wait(waitMs, undefined, { signal });
    }
  }
}

function isLastingRefusal(error: unknown): error is WebAPIPlatformError {
  return error instanceof WebAPIPlatformError && lastingRefusals.has(error.data.error);
}
