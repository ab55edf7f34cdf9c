import { LogLevel, WebClient } from "@slack/web-api";
import type { Request } from "../../src/request/request.ts";
import type { SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import { createChannelFacts } from "../../src/slack/channel-facts.ts";
import { allowedOrigins, guardedFetch } from "../../src/slack/egress.ts";
import { createProjector } from "../../src/slack/projector.ts";
import { createResultRemoval } from "../../src/slack/remove-results.ts";
import { createResultDelivery } from "../../src/slack/result-delivery.ts";
import { createSlackPoster } from "../../src/slack/slack-poster.ts";
import { projectRequest } from "../../src/workflow/project-request.ts";
import type { Directory, Log } from "../../src/workflow/ports.ts";
import { later } from "../fixtures/a-request.ts";
import { MemoryStore } from "./memory-store.ts";

/** The surface's own parts around one request, at work on a local Slack with the real client. */
export function deskFor(slack: SlackPeer, request: Request, options: { now?: Date; held?: boolean } = {}) {
  const store = new MemoryStore(request);
  const client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 30_000,
    logger: silent,
  });
  const said: { level: string; message: string; fields: unknown }[] = [];
  const log: Log = {
    info: (message, fields) => said.push({ level: "info", message, fields }),
    warn: (message, fields) => said.push({ level: "warn", message, fields }),
    error: (message, fields) => said.push({ level: "error", message, fields }),
  };
  const clock = { now: () => options.now ?? later(100) };
  const alarms = { raise: async () => {}, tell: async () => {} };
  const poster = createSlackPoster({ client, fetch: guardedFetch(allowedOrigins(slack.apiUrl)), log });
  const directory: Directory & { answer: Awaited<ReturnType<Directory["check"]>> } = {
    answer: { status: "ok" },
    check: async () => directory.answer,
  };
  const removeResults = createResultRemoval({ store, slack: poster, log });
  const projector = createProjector({
    store,
    slack: poster,
    catalogue: () => ({ runbooks: new Map([["orders-stuck-by-status", { documentation: reading }]]) }),
    clock,
    log,
    exclusive: async (_key, _ttl, work) => {
      if (options.held) return "busy";
      await work();
      return "done";
    },
  });
  const delivery = createResultDelivery({
    store,
    slack: poster,
    directory,
    channelFacts: createChannelFacts(client),
    project: projector.project,
    log,
  });
  return {
    store,
    poster,
    said,
    directory,
    removeResults,
    delivery,
    project: () =>
      projectRequest(
        { store, clock, log, alarms, project: projector.project, removeRows: removeResults },
        request.id,
      ),
  };
}

export const reading = {
  interpretation: [
    { when: "0 rows", meaning: "Nothing is stuck.", next: "Stop here." },
    { when: "One customer only", meaning: "Probably a poison order.", next: "Open the oldest order." },
  ],
  escalation: { contact: "#orders-oncall", when: "More than 20 rows." },
};

const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
