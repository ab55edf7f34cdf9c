import type { JsonObject } from "../json.ts";
import { SlackError } from "../slack-error.ts";
import type { Peer } from "../peer.ts";

/** One Web API method: what it needs and what it does. Throws SlackError for every refusal. */
export type Method = {
  token: "bot" | "app";
  /** The token needs one of these; none are needed when empty. */
  scopes: readonly string[];
  run(peer: Peer, args: JsonObject): JsonObject;
};

/** @throws SlackError invalid_arguments when the argument is missing or not text */
export function required(args: JsonObject, name: string): string {
  const value = args[name];
  if (typeof value === "number") return String(value);
  if (typeof value !== "string" || value === "") {
    throw new SlackError("invalid_arguments", {
      response_metadata: { messages: [`[ERROR] missing required field: ${name}`] },
    });
  }
  return value;
}

export function isTrue(value: unknown): boolean {
  return value === true || value === "true" || value === 1 || value === "1";
}
