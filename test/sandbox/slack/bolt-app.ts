import type { AddressInfo } from "node:net";
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import type { SlackPeer } from "../../../src/sandbox/slack/start-slack.ts";

const retryConfig = { retries: 0 };

/** A WebClient of the bot that reports every failure at once. */
export function webClient(slack: SlackPeer, token = slack.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig,
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    logger: quiet,
  });
}

/** A Bolt app on Socket Mode, connected; `register` adds its listeners before it starts. */
export async function boltOverSockets(
  slack: SlackPeer,
  register: (app: App) => void,
): Promise<AsyncDisposable & { app: App }> {
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    logger: quiet,
    clientPingTimeout: 1_000,
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl, retryConfig } },
  });
  const app = new App({
    receiver,
    token: slack.botToken,
    deferInitialization: true,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig },
    logger: quiet,
  });
  await app.init();
  register(app);
  await app.start();
  await slack.waitForConnections();
  return {
    app,
    async [Symbol.asyncDispose]() {
      await receiver.client.disconnect();
    },
  };
}

/** A Bolt app behind signed HTTP on a free port, known to the workspace as its request URL. */
export async function boltOverHttp(
  slack: SlackPeer,
  register: (app: App) => void,
): Promise<AsyncDisposable & { app: App }> {
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logger: quiet });
  const app = new App({
    receiver,
    token: slack.botToken,
    deferInitialization: true,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig },
    logger: quiet,
  });
  await app.init();
  register(app);
  const server = await receiver.start({ port: 0, host: "127.0.0.1" });
  slack.setRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  return {
    app,
    async [Symbol.asyncDispose]() {
      await receiver.stop();
    },
  };
}

const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};
