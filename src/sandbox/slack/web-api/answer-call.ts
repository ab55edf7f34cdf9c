import type { ApiFault } from "../faults.ts";
import type { JsonObject } from "../json.ts";
import type { Peer } from "../peer.ts";
import { SlackError } from "../slack-error.ts";
import { chatMethods } from "./chat.ts";
import { conversationMethods } from "./conversations.ts";
import { fileMethods } from "./files.ts";
import { identityMethods } from "./identity.ts";
import type { Method } from "./method.ts";
import { peopleMethods } from "./people.ts";
import { viewMethods } from "./views.ts";

const methods: Record<string, Method> = {
  ...identityMethods,
  ...chatMethods,
  ...viewMethods,
  ...peopleMethods,
  ...conversationMethods,
  ...fileMethods,
};

export type ApiAnswer = {
  status: number;
  headers: Record<string, string>;
  body: JsonObject;
  /** The connection is cut in place of the answer. */
  reset: boolean;
};

/** One Web API call, from its token to its answer, faults included. */
export async function answerCall(
  peer: Peer,
  name: string,
  token: string | undefined,
  args: JsonObject,
): Promise<ApiAnswer> {
  const faults = peer.plan.take(name);
  for (const fault of faults) if (fault.kind === "latency") await pause(fault.ms);
  const instead = faults.map(answerInstead).find((answer) => answer !== undefined);
  const answer = instead ?? carryOut(peer, name, token, args);
  if (faults.some((fault) => fault.kind === "reset-after-accept")) answer.reset = true;
  const injected = faults.find((fault) => fault.kind !== "latency")?.kind;
  peer.record.add({
    kind: "api",
    method: name,
    args,
    token: token === peer.tokens.bot ? "bot" : token === peer.tokens.app ? "app" : "none",
    status: answer.reset ? 0 : answer.status,
    answer: answer.reset ? undefined : answer.body,
    ...(injected ? { fault: injected } : {}),
  });
  return answer;
}

function carryOut(peer: Peer, name: string, token: string | undefined, args: JsonObject): ApiAnswer {
  const headers = { "x-oauth-scopes": [...peer.grantedScopes].join(",") };
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  try {
    if (!method) throw new SlackError("unknown_method", { req_method: name });
    authorise(peer, method, token);
    return answered({ ok: true, ...method.run(peer, args) }, headers);
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const accepted = method ? { "x-accepted-oauth-scopes": method.scopes.join(",") } : {};
    return answered({ ok: false, error: error.code, ...error.details }, { ...headers, ...accepted });
  }
}

function authorise(peer: Peer, method: Method, token: string | undefined): void {
  if (token === undefined || token === "") throw new SlackError("not_authed");
  const { bot, app } = peer.tokens;
  if (token !== bot && token !== app) throw new SlackError("invalid_auth");
  if (token !== (method.token === "bot" ? bot : app)) throw new SlackError("not_allowed_token_type");
  const lacks = method.scopes.length > 0 && !method.scopes.some((scope) => peer.grantedScopes.has(scope));
  if (method.token === "bot" && lacks) {
    throw new SlackError("missing_scope", {
      needed: method.scopes.join(","),
      provided: [...peer.grantedScopes].join(","),
    });
  }
}

function answerInstead(fault: ApiFault): ApiAnswer | undefined {
  switch (fault.kind) {
    case "rate-limit":
      return {
        ...answered({ ok: false, error: "ratelimited" }, { "retry-after": String(fault.retryAfterS) }),
        status: 429,
      };
    case "error":
      return answered({ ok: false, error: fault.error });
    case "http":
      return { ...answered({ ok: false, error: "internal_error" }), status: fault.status };
    case "reset-after-accept":
    case "latency":
      return undefined;
  }
}

function answered(body: JsonObject, headers: Record<string, string> = {}): ApiAnswer {
  return { status: 200, headers, body, reset: false };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
