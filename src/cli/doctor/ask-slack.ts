import * as z from "zod";

const TIMEOUT_MS = 10_000;

/** An answer of the Web API. `scopes`: those of the token, from the header that Slack puts on every answer. */
type SlackAnswer =
  | { status: "ok"; body: Readonly<Record<string, unknown>>; scopes: readonly string[] }
  | { status: "refused"; error: string; scopes: readonly string[] }
  | { status: "unreachable"; reason: string };

export type AskSlack = (
  method: string,
  token: string,
  parameters?: Readonly<Record<string, string>>,
) => Promise<SlackAnswer>;

/** Calls methods that only look. @param apiUrl ends with `/api/`; slack.com when absent. */
export function slackAsker(apiUrl = "https://slack.com/api/"): AskSlack {
  return async (method, token, parameters = {}) => {
    try {
      const response = await fetch(new URL(method, apiUrl), {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: new URLSearchParams(parameters),
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const scopes = (response.headers.get("x-oauth-scopes") ?? "").split(",").map((scope) => scope.trim());
      const body = answerSchema.parse(await response.json());
      const granted = scopes.filter(Boolean);
      return body.ok
        ? { status: "ok", body, scopes: granted }
        : { status: "refused", error: body.error ?? "no reason", scopes: granted };
    } catch (thrown) {
      return { status: "unreachable", reason: thrown instanceof Error ? thrown.name : "unknown" };
    }
  };
}

const answerSchema = z.looseObject({ ok: z.boolean(), error: z.string().optional() });
