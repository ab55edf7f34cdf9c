import { HTTPReceiver, SocketModeReceiver } from "@slack/bolt";
import type { Log } from "../workflow/ports.ts";
import { boltLogger } from "./bolt-logger.ts";
import { SLACK_PATH } from "./front-door.ts";
import type { SlackClients } from "./slack-clients.ts";
import type { SlackOptions } from "./start-slack.ts";

/** Bolt's receiver for the transport, built by us: `App` passes only some of the options on. */
export function createReceiver(
  options: SlackOptions,
  clients: SlackClients,
  log: Log,
): SocketModeReceiver | HTTPReceiver {
  const logger = boltLogger(log);
  if (options.transport === "http") {
    return new HTTPReceiver({
      signingSecret: options.signingSecret ?? "",
      endpoints: SLACK_PATH,
      bodyLimit: 1_000_000, // Slack's own deliveries stay far below
      logger,
    });
  }
  return new SocketModeReceiver({
    appToken: options.appToken ?? "",
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: clients.clientOptions() },
    logger,
  });
}
