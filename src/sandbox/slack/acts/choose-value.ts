import { isObject, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import { CannotAct } from "../slack-error.ts";
import type { Workspace } from "../workspace.ts";

/**
 * What a person types, ticks or picks: text, number, one or several options by label or value, a date and time in ISO 8601 or in
 * seconds since 1970; null empties.
 */
export type Typed = string | number | boolean | null | readonly string[];

/**
 * Turns what a person does with an element into what Slack keeps for it.
 *
 * @param offered what an external menu offered for the typed text
 * @throws CannotAct when it is none of the choices
 */
export function chooseValue(
  workspace: Workspace,
  element: JsonObject,
  typed: Typed,
  offered: JsonObject[] = [],
): unknown {
  const type = textOf(element["type"]);
  const many = Array.isArray(typed)
    ? (typed as readonly string[]).map(String)
    : typed === null
      ? []
      : [String(typed)];
  const one = many[0];
  if (type.startsWith("multi_") || type === "checkboxes")
    return chooseMany(workspace, element, many, offered);
  if (typed === null || one === undefined) return null;
  switch (type) {
    case "static_select":
    case "radio_buttons":
    case "overflow":
    case "external_select":
      return findOption(element, one, offered);
    case "users_select":
      return workspace.person(one).id;
    case "conversations_select":
    case "channels_select":
      return workspace.channel(one).id;
    case "datetimepicker":
      return momentOf(one);
    case "rich_text_input":
      return {
        type: "rich_text",
        elements: [{ type: "rich_text_section", elements: [{ type: "text", text: one }] }],
      };
    case "file_input":
      return many.map((id) => ({ id }));
    default:
      return one;
  }
}

/** Whole seconds since 1970, as Slack keeps a moment; typed as such or as an ISO 8601 date-time with its zone. */
function momentOf(typed: string): number {
  const isIso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.test(typed);
  const seconds = /^\d{1,11}$/.test(typed)
    ? Number(typed)
    : isIso
      ? Math.floor(Date.parse(typed) / 1000)
      : Number.NaN;
  if (Number.isNaN(seconds))
    throw new CannotAct(
      `"${typed}" is no date and time: write it like 2026-11-21T02:10:00Z, or in seconds since 1970`,
    );
  return seconds;
}

function chooseMany(
  workspace: Workspace,
  element: JsonObject,
  many: string[],
  offered: JsonObject[],
): unknown[] {
  const max = Number(element["max_selected_items"] ?? Infinity);
  if (many.length > max) throw new CannotAct(`only ${max} can be selected`);
  switch (element["type"]) {
    case "multi_users_select":
      return many.map((who) => workspace.person(who).id);
    case "multi_conversations_select":
    case "multi_channels_select":
      return many.map((name) => workspace.channel(name).id);
    default:
      return many.map((name) => findOption(element, name, offered));
  }
}

/** All choices of a menu, its groups included. */
function optionsOf(element: JsonObject): JsonObject[] {
  return [
    ...objectsOf(element["options"]),
    ...objectsOf(element["option_groups"]).flatMap((group) => objectsOf(group["options"])),
  ];
}

function findOption(element: JsonObject, wanted: string, offered: JsonObject[]): JsonObject {
  const choices = [...optionsOf(element), ...offered];
  const label = (option: JsonObject) => textOf(objectOf(option["text"])["text"]);
  const found =
    choices.find((option) => option["value"] === wanted) ??
    choices.find((option) => label(option) === wanted) ??
    choices.find((option) => label(option).toLowerCase() === wanted.toLowerCase());
  if (found && isObject(found)) return structuredClone(found);
  throw new CannotAct(`"${wanted}" is not offered; there is: ${choices.map(label).join(", ") || "nothing"}`);
}
