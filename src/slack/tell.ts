import type { KnownBlock } from "@slack/types";
import { type FetchFunction, WebAPIPlatformError, type WebClient } from "@slack/web-api";
import type { PersonId } from "../runbook/plan.ts";
import type { Log } from "../workflow/ports.ts";
import type { Markup } from "./blocks/markup.ts";
import { section } from "./blocks/elements.ts";

/** Where a person acted: the ways back to them. */
export type Whereabouts = { by: PersonId; responseUrl?: string | undefined; channel?: string | undefined };

export type PrivateAnswer = { text: string; blocks: KnownBlock[] };

/** Shows an answer to this person alone; says in the log when every way to them failed, and never throws. */
export type Tell = (where: Whereabouts, answer: PrivateAnswer | Markup) => Promise<void>;

const RESPOND_TIMEOUT_MS = 2_500;

/**
 * The `response_url` first, since it works where the bot is no member; then an ephemeral message in the channel;
 * then a direct message. An expired URL (30 minutes, five uses) must not end the flow.
 */
export function createTell(deps: { client: WebClient; fetch: FetchFunction; log: Log }): Tell {
  return async (where, given) => {
    const answer = typeof given === "string" ? { text: given, blocks: [section(given)] } : given;
    const failures: string[] = [];
    for (const way of [respond, postEphemeral, directMessage]) {
      try {
        if (await way(deps, where, answer)) return;
      } catch (error) {
        failures.push(error instanceof WebAPIPlatformError ? error.data.error : nameOf(error));
      }
    }
    deps.log.warn("An answer reached nobody", { user: where.by.userId, failures });
  };
}

type Deps = { client: WebClient; fetch: FetchFunction };

async function respond({ fetch }: Deps, where: Whereabouts, answer: PrivateAnswer): Promise<boolean> {
  if (where.responseUrl === undefined) return false;
  const response = await fetch(where.responseUrl, {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify({ ...answer, response_type: "ephemeral", replace_original: false }),
    signal: AbortSignal.timeout(RESPOND_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`response_url answered ${response.status}`);
  return true;
}

async function postEphemeral({ client }: Deps, where: Whereabouts, answer: PrivateAnswer): Promise<boolean> {
  if (where.channel === undefined) return false;
  await client.chat.postEphemeral({ ...answer, channel: where.channel, user: where.by.userId });
  return true;
}

async function directMessage({ client }: Deps, where: Whereabouts, answer: PrivateAnswer): Promise<boolean> {
  await client.chat.postMessage({
    ...answer,
    channel: where.by.userId,
    unfurl_links: false,
    unfurl_media: false,
  });
  return true;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
