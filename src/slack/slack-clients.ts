import { type FetchFunction, WebClient, type WebClientOptions } from "@slack/web-api";
import type { Log } from "../workflow/ports.ts";
import { boltLogger } from "./bolt-logger.ts";
import { allowedOrigins, guardedFetch } from "./egress.ts";

export type SlackClients = {
  /**
   * For people who wait: `views.open` must reach Slack within 3 s of the click, so one attempt of 2.5 s and no
   * waiting behind somebody else's rate limit.
   */
  interactive: WebClient;
  /** For copies, threads and results: its own queue, two more attempts, 10 s each. A rate limit is thrown, so the job waits, not the queue. */
  background: WebClient;
  /** For rows: one attempt of 10 s, because before another one it is asked anew whether they may still be brought. */
  rows: WebClient;
  fetch: FetchFunction;
  /** For Bolt and Socket Mode, which make clients of their own. A fresh object each time: both libraries write into it. */
  clientOptions(): WebClientOptions;
};

/**
 * Clients with queues of their own: a 429 on one method pauses the whole queue of its client. None ever
 * gets `headers` (web-api 8.2 writes the token of one client into the object that another one reads) and all
 * always get `retryConfig` (Socket Mode sets 100 retries on an object without it).
 */
export function createSlackClients(options: {
  botToken: string;
  /** Another Slack than slack.com; then nothing but its origin is reached. */
  slackApiUrl?: string;
  /** Where the library's warnings go; nowhere when absent. */
  log?: Log;
}): SlackClients {
  const { botToken, slackApiUrl } = options;
  const logger = boltLogger(options.log ?? { info() {}, warn() {}, error() {} });
  const fetch = guardedFetch(allowedOrigins(slackApiUrl));
  const clientOptions = (): WebClientOptions => ({
    fetch,
    retryConfig: { retries: 0 },
    timeout: 10_000,
    rejectRateLimitedCalls: true,
    logger,
    ...(slackApiUrl === undefined ? {} : { slackApiUrl }),
  });
  return {
    interactive: new WebClient(botToken, { ...clientOptions(), timeout: 2_500, allowAbsoluteUrls: false }),
    background: new WebClient(botToken, {
      ...clientOptions(),
      retryConfig: { retries: 2, minTimeout: 500, maxTimeout: 2_000 },
      maxRequestConcurrency: 10,
    }),
    rows: new WebClient(botToken, { ...clientOptions(), maxRequestConcurrency: 10 }),
    fetch,
    clientOptions,
  };
}
