import { type Logger, LogLevel } from "@slack/web-api";
import type { Log } from "../workflow/ports.ts";

/**
 * Bolt's, web-api's and Socket Mode's log through ours. Only warnings and errors pass: their debug lines hold
 * whole payloads with `response_url` and `trigger_id`, and these libraries take no redaction list.
 */
export function boltLogger(log: Log): Logger {
  return {
    debug: () => {},
    info: () => {},
    warn: (...parts: unknown[]) => log.warn("Slack's library warns", { detail: detailOf(parts) }),
    // Not `error`: what needs a person is said by our own code, which knows whether anything was lost.
    error: (...parts: unknown[]) => log.warn("Slack's library reports an error", { detail: detailOf(parts) }),
    setLevel: () => {},
    getLevel: () => LogLevel.WARN,
    setName: () => {},
  };
}

function detailOf(parts: unknown[]): string {
  const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" ");
  return withoutSecrets(text).slice(0, 500);
}

/** Tokens, signed links and the tickets of `response_url` and Socket Mode. */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\bx(?:ox[a-z]|app)(?:\.[a-z]+)?-[\w.-]+/g, "[token]")
    .replaceAll(/\b(?:https?|wss?):\/\/\S+/g, (url) => `${url.split("/").slice(0, 3).join("/")}/…`);
}
