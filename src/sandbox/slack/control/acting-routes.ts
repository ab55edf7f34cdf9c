import type { Typed } from "../acts/choose-value.ts";
import type { SeenView } from "../acts/seen.ts";
import type { MessageRef, Persona } from "../driver.ts";
import type { Fields } from "../form.ts";
import { isObject, type JsonObject } from "../json.ts";
import { CannotAct } from "../slack-error.ts";
import { formToFill } from "./form-to-fill.ts";
import { BadRequest, needed, optional, type ControlRoute } from "./route.ts";
import { personaOf } from "./seeing-routes.ts";

/** What a person does. The answer is what they see of it. */
export const actingRoutes: ControlRoute[] = [
  {
    method: "POST",
    path: "/control/as/:persona/command",
    about: "Types a slash command: {text, channel, thread?}.",
    run: (context, request) => {
      const thread = optional(request.body, "thread");
      const channel = needed(request.body, "channel");
      return personaOf(context, request).command(needed(request.body, "text"), {
        channel,
        ...(thread ? { thread } : {}),
      });
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/click",
    about:
      "Presses a button: {button, channel, ts} in a message, {button, on: view|home} elsewhere; {dismiss: true} answers its question with no.",
    run: (context, request) => {
      const persona = personaOf(context, request);
      const dismiss = request.body["dismiss"] === true;
      const place = placeOf(persona, request.body);
      return persona.click(place, needed(request.body, "button"), { ...valuePart(request.body), dismiss });
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/select",
    about: "Changes a menu or field: {field, value} and where it is, as for click.",
    run: (context, request) => {
      const persona = personaOf(context, request);
      const { value } = valuePart(request.body);
      if (value === undefined) throw new BadRequest('"value" is missing');
      return persona.select(placeOf(persona, request.body), needed(request.body, "field"), value);
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/suggest",
    about: "Types into an external menu: {field, query} and where it is; what it offers is in `options`.",
    run: (context, request) => {
      const persona = personaOf(context, request);
      const query = optional(request.body, "query") ?? "";
      return persona.suggest(placeOf(persona, request.body), needed(request.body, "field"), query);
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/fill",
    about:
      "Fills the modal on top without submitting: {fields: {<label>: value}}. Waits up to 2 s for these fields.",
    run: async (context, request) => {
      const persona = personaOf(context, request);
      const fields = fieldsOf(request.body);
      return persona.fill(await formToFill(persona, fields), fields).apply();
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/submit",
    about: "Fills the modal on top with {fields?} and submits it. Waits up to 2 s for it.",
    run: async (context, request) => {
      const persona = personaOf(context, request);
      const fields = fieldsOf(request.body);
      return persona.fill(await formToFill(persona, fields), fields).submit();
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/close",
    about: "Closes the modal on top; {all: true} closes the stack.",
    run: (context, request) => {
      const persona = personaOf(context, request);
      return persona.close(topView(persona), { all: request.body["all"] === true });
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/shortcut",
    about: "Picks a shortcut: {callback_id}, and {channel, ts} for one on a message.",
    run: (context, request) => {
      const persona = personaOf(context, request);
      const callbackId = needed(request.body, "callback_id");
      return request.body["ts"] === undefined
        ? persona.globalShortcut(callbackId)
        : persona.messageShortcut(callbackId, messageOf(persona, request.body));
    },
  },
  {
    method: "POST",
    path: "/control/as/:persona/open-home",
    about: "Opens the app's Home tab.",
    run: (context, request) => personaOf(context, request).openHome(),
  },
  {
    method: "POST",
    path: "/control/as/:persona/say",
    about: "Posts a message of the person's own: {channel, text, thread?}.",
    run: (context, request) => {
      const thread = optional(request.body, "thread");
      const text = needed(request.body, "text");
      return personaOf(context, request).say(needed(request.body, "channel"), text, thread ? { thread } : {});
    },
  },
];

function placeOf(persona: Persona, body: JsonObject): MessageRef | SeenView {
  if (body["on"] === "view") return topView(persona);
  if (body["on"] !== "home") return messageOf(persona, body);
  const home = persona.home();
  if (!home) throw new CannotAct("no Home was published for this person");
  return home;
}

function messageOf(persona: Persona, body: JsonObject): MessageRef {
  const channel = needed(body, "channel");
  const ts = needed(body, "ts");
  const id = channel === "dm" || channel.startsWith("#") ? persona.channelId(channel) : channel;
  return { channel: id, ts };
}

function topView(persona: Persona): SeenView {
  const view = persona.view();
  if (!view) throw new CannotAct("no modal is open");
  return view;
}

function fieldsOf(body: JsonObject): Fields {
  const fields = body["fields"] ?? {};
  if (!isObject(fields)) throw new BadRequest('"fields" must be an object');
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (!isTyped(value)) throw new BadRequest(`the value of "${name}" can't be typed`);
      return [name, value];
    }),
  );
}

function valuePart(body: JsonObject): { value?: Typed } {
  const { value } = body;
  if (value === undefined) return {};
  if (!isTyped(value)) throw new BadRequest('"value" can\'t be typed');
  return { value };
}

function isTyped(value: unknown): value is Typed {
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  return value === null || isList || ["string", "number", "boolean"].includes(typeof value);
}
