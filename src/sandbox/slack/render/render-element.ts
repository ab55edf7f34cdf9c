import { isObject, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import { valueIn } from "../state-values.ts";
import type { Names } from "./names.ts";
import { renderRichText, renderTextObject } from "./render-text-object.ts";

/** A button as `[label]`, a field or menu as `( its value )`. */
export function renderElement(element: JsonObject, state: JsonObject | undefined, names: Names): string {
  const label = (object: unknown) => renderTextObject(objectOf(object), names);
  switch (element["type"]) {
    case "button":
    case "workflow_button":
    case "icon_button":
      return `[${label(element["text"])}]`;
    case "feedback_buttons":
      return `[${label(objectOf(element["positive_button"])["text"])}] [${label(objectOf(element["negative_button"])["text"])}]`;
    case "overflow":
      return `[… ${objectsOf(element["options"])
        .map((option) => label(option["text"]))
        .join(" / ")}]`;
    case "image":
      return `[image: ${textOf(element["alt_text"])}]`;
    case "radio_buttons":
    case "checkboxes":
      return renderChoices(element, valueIn(state, element), names);
    default:
      return `( ${renderValue(valueIn(state, element), names) ?? label(element["placeholder"])} )`;
  }
}

/** The question asked before an element acts, if it asks one. */
export function renderConfirm(element: JsonObject, names: Names): string[] {
  const confirm = element["confirm"];
  if (!isObject(confirm)) return [];
  const label = (object: unknown, fallback: string) =>
    isObject(object) ? renderTextObject(object, names) : fallback;
  const title = label(confirm["title"], "Are you sure?");
  return [
    `    ${renderElement(element, undefined, names)} asks: ${title} ${label(confirm["text"], "")} ` +
      `[${label(confirm["confirm"], "Yes")}] [${label(confirm["deny"], "Cancel")}]`,
  ];
}

function renderChoices(element: JsonObject, value: unknown, names: Names): string {
  const chosen = (Array.isArray(value) ? value : [value]).map((option) => objectOf(option)["value"]);
  return objectsOf(element["options"])
    .map((option) => {
      const mark = chosen.includes(option["value"]) ? "x" : " ";
      return `(${mark}) ${renderTextObject(objectOf(option["text"]), names)}`;
    })
    .join("  ");
}

function renderValue(value: unknown, names: Names): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((item) => renderValue(item, names)).join(", ");
  if (isObject(value)) {
    return value["type"] === "rich_text"
      ? renderRichText(value, names).join(" ")
      : renderTextObject(objectOf(value["text"]), names);
  }
  return typeof value === "string" ? names(value) : JSON.stringify(value);
}
