import type { JsonObject } from "./json.ts";

/** A Web API answer `{ok: false, error: code, …details}` in Slack's words. */
export class SlackError extends Error {
  override readonly name = "SlackError";
  readonly code: string;
  readonly details: JsonObject;

  constructor(code: string, details: JsonObject = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** An act that the person's Slack client would not offer: no such button, not in the channel, no open form. */
export class CannotAct extends Error {
  override readonly name = "CannotAct";
}
