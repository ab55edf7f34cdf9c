import { checkView } from "../blocks/validate-view.ts";
import { textOf, type JsonObject } from "../json.ts";
import type { Peer } from "../peer.ts";
import { SlackError } from "../slack-error.ts";
import type { View } from "../workspace.ts";
import { findView, openModal, publishHome, pushModal, replaceView, viewJson } from "../views.ts";
import { required, type Method } from "./method.ts";

const open = { token: "bot", scopes: [] } as const;

export const viewMethods: Record<string, Method> = {
  "views.open": {
    ...open,
    run: (peer, args) => show(peer, args, (userId, json) => openModal(peer.workspace, userId, json)),
  },
  "views.push": {
    ...open,
    run: (peer, args) =>
      show(peer, args, (userId, json) => {
        return pushModal(peer.workspace, userId, json);
      }),
  },
  "views.update": {
    ...open,
    run(peer, args) {
      const viewId = textOf(args["view_id"]);
      const externalId = textOf(args["external_id"]);
      if (viewId === "" && externalId === "") required(args, "view_id");
      const view = findView(peer.workspace, viewId === "" ? { externalId } : { viewId });
      if (!view) throw new SlackError("not_found");
      const json = checkView(args["view"], view.type);
      refuseStale(view, args);
      replaceView(peer.workspace, view, json);
      return { view: viewJson(peer.workspace, view) };
    },
  },
  "views.publish": {
    ...open,
    run(peer, args) {
      const userId = required(args, "user_id");
      const person = peer.workspace.people.get(userId);
      if (!person || person.isBot) throw new SlackError("user_not_found");
      const json = checkView(args["view"], "home");
      const standing = peer.workspace.homes.get(userId);
      if (standing) refuseStale(standing, args);
      return { view: viewJson(peer.workspace, publishHome(peer.workspace, userId, json)) };
    },
  },
};

/** A trigger is spent only when the view could be shown. */
function show(peer: Peer, args: JsonObject, place: (userId: string, json: JsonObject) => View): JsonObject {
  const trigger = peer.triggers.check(textOf(args["trigger_id"]) || required(args, "interactivity_pointer"));
  const view = place(trigger.userId, checkView(args["view"], "modal"));
  trigger.used = true;
  return { view: viewJson(peer.workspace, view) };
}

function refuseStale(view: View, args: JsonObject): void {
  const hash = textOf(args["hash"]);
  if (hash !== "" && hash !== view.hash) throw new SlackError("hash_conflict");
}
