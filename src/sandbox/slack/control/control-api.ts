import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { WaitedInVain } from "../changes.ts";
import { isObject, parseJson, type JsonObject } from "../json.ts";
import { CannotAct } from "../slack-error.ts";
import { actingRoutes } from "./acting-routes.ts";
import { renderAnswer } from "./render-answer.ts";
import { BadRequest, type ControlContext, type ControlRoute } from "./route.ts";
import { seeingRoutes } from "./seeing-routes.ts";
import { workspaceRoutes } from "./workspace-routes.ts";

export type ControlOptions = ControlContext & { token: string };

/** Everything a person can do over HTTP, in the order of the documentation. */
export const controlRouteList: readonly ControlRoute[] = [
  ...workspaceRoutes,
  ...seeingRoutes,
  ...actingRoutes,
];

export type ControlAnswer = { status: number; body: unknown };

/**
 * Answers requests below `/control/`. Only those that name the loopback host, so that no web page can reach it
 * by another name, and bear the token of this start.
 */
export function controlRoutes(options: ControlOptions) {
  return async (request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const refusal = refuse(options, request);
    const answer = refusal ?? (await answerControl(options, request.method ?? "", url, body));
    if (Buffer.isBuffer(answer.body)) {
      response.writeHead(answer.status, { "content-type": "application/octet-stream" }).end(answer.body);
    } else if (url.searchParams.get("format") === "text") {
      response
        .writeHead(answer.status, { "content-type": "text/plain; charset=utf-8" })
        .end(`${renderAnswer(answer.body)}\n`);
    } else {
      response.writeHead(answer.status, { "content-type": "application/json; charset=utf-8" });
      response.end(JSON.stringify(answer.body));
    }
  };
}

function refuse({ token }: ControlOptions, request: IncomingMessage): ControlAnswer | undefined {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (!["127.0.0.1", "localhost"].includes(host))
    return { status: 403, body: { error: "the host must be loopback" } };
  const given = Buffer.from(request.headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return { status: 401, body: { error: "the control token is missing or wrong" } };
  }
  return undefined;
}

/** What a request below `/control/` is answered, once it was let in. */
export async function answerControl(
  context: ControlContext,
  method: string,
  url: URL,
  raw: Buffer,
): Promise<ControlAnswer> {
  if (url.pathname === "/control/") {
    return {
      status: 200,
      body: controlRouteList.map(({ method: verb, path, about }) => ({ verb, path, about })),
    };
  }
  for (const route of controlRouteList) {
    const params = paramsOf(route.path, url.pathname);
    if (!params || route.method !== method) continue;
    try {
      const body = bodyOf(raw);
      return { status: 200, body: await route.run(context, { params, query: url.searchParams, body }) };
    } catch (error) {
      return failed(error);
    }
  }
  return {
    status: 404,
    body: { error: `there is no ${method} ${url.pathname}; GET /control/ lists what there is` },
  };
}

function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return params;
}

function bodyOf(raw: Buffer): JsonObject {
  if (raw.length === 0) return {};
  const body = parseJson(raw.toString("utf8"));
  if (!isObject(body)) throw new BadRequest("the body must be a JSON object");
  return body;
}

function failed(error: unknown): ControlAnswer {
  if (error instanceof BadRequest) return { status: 400, body: { error: error.message } };
  if (error instanceof CannotAct) return { status: 409, body: { error: error.message } };
  if (error instanceof WaitedInVain) return { status: 408, body: { error: error.message } };
  throw error;
}
