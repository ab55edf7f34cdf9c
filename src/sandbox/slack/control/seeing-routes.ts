import type { SeenMessage, SeenView } from "../acts/seen.ts";
import { Persona, type Match, type WaitOptions } from "../driver.ts";
import type { JsonObject } from "../json.ts";
import {
  BadRequest,
  needed,
  optional,
  type ControlContext,
  type ControlRequest,
  type ControlRoute,
} from "./route.ts";

const maxWaitMs = 60_000;

/** What a person sees, now or as soon as it is there. */
export const seeingRoutes: ControlRoute[] = [
  {
    method: "GET",
    path: "/control/as/:persona/channels",
    about: "The channels that the person is in.",
    run: (context, request) =>
      personaOf(context, request)
        .channels()
        .map(({ members, ...channel }) => ({ ...channel, members: [...members] })),
  },
  {
    method: "GET",
    path: "/control/as/:persona/messages",
    about: "Messages of ?channel= (an id, a name or dm), oldest first; with ?thread=<ts> one thread.",
    run(context, request) {
      const persona = personaOf(context, request);
      const channel = needed(request.query, "channel");
      const thread = optional(request.query, "thread");
      return thread === undefined ? persona.messages(channel) : persona.thread(channel, thread);
    },
  },
  {
    method: "GET",
    path: "/control/as/:persona/direct-messages",
    about: "The direct messages with the bot, replies included.",
    run: (context, request) => personaOf(context, request).directMessages(),
  },
  {
    method: "GET",
    path: "/control/as/:persona/ephemerals",
    about: "What only this person sees; with ?channel= in one channel.",
    run: (context, request) => personaOf(context, request).ephemerals(optional(request.query, "channel")),
  },
  {
    method: "GET",
    path: "/control/as/:persona/view",
    about: "The modal on top, or null.",
    run: (context, request) => personaOf(context, request).view() ?? null,
  },
  {
    method: "GET",
    path: "/control/as/:persona/home",
    about: "The app's Home tab, or null when none was published.",
    run: (context, request) => personaOf(context, request).home() ?? null,
  },
  {
    method: "GET",
    path: "/control/as/:persona/files/:file",
    about: "Downloads a file that was shared where the person is.",
    run: (context, request) => personaOf(context, request).download(request.params["file"] ?? "").content,
  },
  {
    method: "POST",
    path: "/control/as/:persona/wait",
    about:
      "Waits for {for: message|thread|ephemeral|view|no-view|home, channel?, thread?, contains? or matches?, after?, timeout_ms?}; 408 when in vain.",
    run: (context, request) => waitFor(personaOf(context, request), request.body),
  },
];

export function personaOf(context: ControlContext, request: ControlRequest): Persona {
  const person = context.peer.workspace.person(request.params["persona"] ?? "");
  return new Persona(context.peer, person);
}

function waitFor(persona: Persona, body: JsonObject): Promise<unknown> {
  const match = matchOf(body);
  const after = optional(body, "after");
  const thread = optional(body, "thread");
  const options: WaitOptions = {
    timeoutMs: Math.min(maxWaitMs, Number(body["timeout_ms"] ?? 5_000) || 0),
    ...(after ? { after } : {}),
    ...(thread ? { thread } : {}),
  };
  switch (needed(body, "for")) {
    case "message":
    case "thread":
      return persona.waitForMessage(needed(body, "channel"), match, options);
    case "ephemeral":
      return persona.waitForEphemeral(match, options);
    case "view":
      return persona.waitForView(match, options);
    case "no-view":
      return persona.waitForNoView(options).then(() => null);
    case "home":
      return persona.waitForHome(match, options);
    default:
      throw new BadRequest('"for" must be message, thread, ephemeral, view, no-view or home');
  }
}

function matchOf(body: JsonObject): Match<SeenMessage> & Match<SeenView> {
  const pattern = optional(body, "matches");
  if (pattern === undefined) return optional(body, "contains") ?? "";
  try {
    return new RegExp(pattern, "u");
  } catch {
    throw new BadRequest('"matches" is no regular expression');
  }
}
