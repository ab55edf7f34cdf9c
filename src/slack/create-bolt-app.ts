import { App, type HTTPReceiver, type SocketModeReceiver } from "@slack/bolt";
import { boltLogger } from "./bolt-logger.ts";
import { createErrorHandler, createReport } from "./failures.ts";
import { harden, type Hardening } from "./hardening.ts";
import type { Installation } from "./installation.ts";
import { listen } from "./listeners.ts";
import type { SlackClients } from "./slack-clients.ts";
import type { SlackDeps } from "./start-slack.ts";
import type { Surface } from "./surface.ts";
import { createTell } from "./tell.ts";

/** Bolt on this receiver, hardened, with every listener of the table on the use cases. */
export async function createBoltApp(
  receiver: SocketModeReceiver | HTTPReceiver,
  botToken: string,
  installation: Installation,
  deps: SlackDeps,
  clients: SlackClients,
): Promise<Hardening> {
  const { teamId, botId, botUserId, enterpriseId, appId, allowedTeams } = installation;
  const { log } = deps;
  const app = new App({
    receiver,
    // The team is always the bot's own: what a delivery says of its team must not choose where our calls go.
    authorize: async () => ({
      botToken,
      botId,
      botUserId,
      teamId,
      ...(enterpriseId ? { enterpriseId } : {}),
    }),
    clientOptions: clients.clientOptions(),
    logger: boltLogger(log),
    convoStore: false,
    deferInitialization: true,
    extendedErrorHandler: true,
  });
  await app.init();
  const hardening = harden(app, {
    allowedTeams: new Set(allowedTeams),
    ...(enterpriseId ? { enterpriseId } : {}),
    ...(appId ? { appId } : {}),
    seen: deps.seen,
    ...(deps.onForeign ? { onForeign: deps.onForeign } : {}),
    log,
  });
  const tell = createTell({ client: clients.interactive, fetch: clients.fetch, log });
  const report = createReport(log);
  app.error(createErrorHandler({ hardening, report, tell }));
  listen(app, {
    useCases: deps.useCases,
    runbook: (name) => deps.catalogue().runbooks.get(name),
    explainPolicy: deps.explainPolicy,
    client: clients.interactive,
    tell,
    report,
    clock: deps.clock,
    log,
  } satisfies Surface);
  return hardening;
}
