import type { Outcome, PageMessage, PagePerson } from "../page-api.ts";
import { download, post, Refused } from "./api.ts";
import type { FieldValue, Surface } from "./elements.ts";
import type { Viewer } from "./text.ts";

/** Where an element is used: in a message, in the modal on top, or on the Home tab. */
type Where = { channel: string; ts: string } | { on: "view" | "home" };

export type Acts = {
  command: (text: string, channel: string, thread: string) => Promise<Outcome>;
  say: (text: string, channel: string, thread: string) => Promise<Outcome>;
  shortcut: (callbackId: string, message?: PageMessage) => Promise<Outcome>;
  openHome: () => Promise<Outcome>;
  submit: (fields: Record<string, FieldValue>) => Promise<Outcome>;
  close: () => Promise<Outcome>;
  file: (id: string, name: string) => Promise<void>;
  surface: (where: Where, rest: Omit<Surface, "press" | "choose" | "suggest">) => Surface;
};

/** What the persona does, sent to the local Slack; what Slack or the sandbox says of it goes to `say`. */
export function actsOf(persona: () => string, told: (text: string) => void): Acts {
  async function act(name: string, body: unknown): Promise<Outcome> {
    try {
      const outcome = await post<Outcome>(`/api/as/${persona()}/${name}`, body);
      if (outcome.shown) told(outcome.shown);
      return outcome;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      told(error.message);
      return { status: "refused", shown: error.message };
    }
  }
  return {
    command: (text, channel, thread) => act("command", { text, channel, thread }),
    say: (text, channel, thread) => act("say", { text, channel, thread }),
    shortcut: (callbackId, message) =>
      act("shortcut", {
        callback_id: callbackId,
        ...(message ? { channel: message.channel, ts: message.ts } : {}),
      }),
    openHome: () => act("open-home", {}),
    submit: (fields) => act("submit", { fields }),
    close: () => act("close", {}),
    file: (id, name) => download(`/api/as/${persona()}/files/${id}`, name),
    surface: (where, rest) => ({
      ...rest,
      press: (button, value) => act("click", { button, ...where, ...(value === undefined ? {} : { value }) }),
      choose: (field, value) => act("select", { field, value, ...where }),
      suggest: (field, query) => act("suggest", { field, query, ...where }),
    }),
  };
}

export type Reader = { viewer: Viewer; people: readonly PagePerson[] };
