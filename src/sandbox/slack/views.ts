import { objectsOf, textOf, type JsonObject } from "./json.ts";
import { SlackError } from "./slack-error.ts";
import { stateFor, withIds } from "./state-values.ts";
import type { View, Workspace } from "./workspace.ts";

/** Slack shows at most three modals on top of each other. */
const maxStack = 3;

/** A new modal for a person; an open stack of theirs gives way to it. */
export function openModal(workspace: Workspace, userId: string, json: JsonObject): View {
  const view = createView(workspace, userId, "modal", json);
  workspace.modals.set(userId, [view]);
  workspace.changes.notify();
  return view;
}

/** @throws SlackError push_limit_reached, or not_found when no modal is open */
export function pushModal(workspace: Workspace, userId: string, json: JsonObject): View {
  const stack = stackOf(workspace, userId);
  const [root] = stack;
  if (!root) throw new SlackError("not_found");
  if (stack.length >= maxStack) throw new SlackError("push_limit_reached");
  const view = createView(workspace, userId, "modal", json);
  view.rootId = root.id;
  view.previousId = stack.at(-1)?.id;
  stack.push(view);
  workspace.changes.notify();
  return view;
}

/** Replaces what a view shows; what was typed stays where block id and action id stay. */
export function replaceView(workspace: Workspace, view: View, json: JsonObject): void {
  refuseTakenExternalId(workspace, json, view);
  view.json = { ...json, blocks: withIds(objectsOf(json["blocks"]), workspace.ids.random) };
  view.values = stateFor(objectsOf(view.json["blocks"]), view.values);
  view.hash = newHash(workspace);
  view.errors = {};
  workspace.changes.notify();
}

/** A new Home, or the next state of the one that stands. */
export function publishHome(workspace: Workspace, userId: string, json: JsonObject): View {
  const standing = workspace.homes.get(userId);
  if (standing) {
    replaceView(workspace, standing, json);
    return standing;
  }
  const view = createView(workspace, userId, "home", json);
  workspace.homes.set(userId, view);
  workspace.changes.notify();
  return view;
}

export function stackOf(workspace: Workspace, userId: string): View[] {
  return workspace.modals.get(userId) ?? [];
}

/** Takes the top modal, or all of them, off the person's screen. */
export function dropModals(workspace: Workspace, userId: string, which: "top" | "all"): void {
  const stack = stackOf(workspace, userId);
  if (which === "all") stack.length = 0;
  else stack.pop();
  workspace.changes.notify();
}

/** Takes one modal away, wherever it stands by now. */
export function removeModal(workspace: Workspace, view: View): void {
  const stack = stackOf(workspace, view.userId);
  const index = stack.indexOf(view);
  if (index >= 0) stack.splice(index, 1);
  workspace.changes.notify();
}

/** Any view that still stands, modal or Home. */
export function findView(
  workspace: Workspace,
  id: { viewId?: string; externalId?: string },
): View | undefined {
  return standingViews(workspace).find((view) =>
    id.viewId === undefined ? textOf(view.json["external_id"]) === id.externalId : view.id === id.viewId,
  );
}

/** The view as Slack's answers and payloads write it. */
export function viewJson(workspace: Workspace, view: View): JsonObject {
  const sent = view.json;
  return {
    id: view.id,
    team_id: workspace.team.id,
    type: view.type,
    blocks: structuredClone(sent["blocks"]),
    private_metadata: sent["private_metadata"] ?? "",
    callback_id: sent["callback_id"] ?? "",
    state: { values: structuredClone(view.values) },
    hash: view.hash,
    title: sent["title"] ?? { type: "plain_text", text: "View Title", emoji: true },
    clear_on_close: sent["clear_on_close"] ?? false,
    notify_on_close: sent["notify_on_close"] ?? false,
    close: sent["close"] ?? null,
    submit: sent["submit"] ?? null,
    previous_view_id: view.previousId ?? null,
    root_view_id: view.rootId,
    app_id: workspace.app.appId,
    external_id: sent["external_id"] ?? "",
    app_installed_team_id: workspace.team.id,
    bot_id: workspace.app.botId,
  };
}

function createView(workspace: Workspace, userId: string, type: View["type"], json: JsonObject): View {
  refuseTakenExternalId(workspace, json);
  // As at Slack no view of one start has the id of one of another: who asks twice in two starts asks for two things.
  const id = `V${workspace.ids.random().toUpperCase()}`;
  const blocks = withIds(objectsOf(json["blocks"]), workspace.ids.random);
  return {
    id,
    userId,
    type,
    json: { ...json, blocks },
    hash: newHash(workspace),
    values: stateFor(blocks),
    errors: {},
    rootId: id,
    previousId: undefined,
  };
}

function refuseTakenExternalId(workspace: Workspace, json: JsonObject, self?: View): void {
  const externalId = textOf(json["external_id"]);
  if (externalId === "") return;
  const holder = findView(workspace, { externalId });
  if (holder && holder !== self) throw new SlackError("duplicate_external_id");
}

function standingViews(workspace: Workspace): View[] {
  return [...[...workspace.modals.values()].flat(), ...workspace.homes.values()];
}

function newHash(workspace: Workspace): string {
  return `${Math.floor(workspace.clock.now() / 1000)}.${workspace.ids.random().slice(0, 8)}`;
}
