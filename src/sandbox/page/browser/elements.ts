import type { JsonObject } from "../../slack/json.ts";
import type { StateValues } from "../../slack/state-values.ts";
import type { Outcome, PagePerson } from "../page-api.ts";
import { ask } from "./ask.ts";
import { type Choice, combobox, fitting } from "./combobox.ts";
import { h } from "./dom.ts";
import { list, plainText, said, type Viewer } from "./text.ts";

/** Where elements stand, and what using one does. */
export type Surface = {
  viewer: Viewer;
  values: StateValues;
  people: readonly PagePerson[];
  /** Presses a button, `field` being `<block id>/<action id>`. */
  press: (field: string, value?: string) => Promise<unknown>;
  /** Changes a field; the server tells the app where Slack would. */
  choose: (field: string, value: FieldValue) => Promise<unknown>;
  suggest: (field: string, typed: string) => Promise<Outcome>;
  /** Something was typed that `choose` has not been told yet. */
  typed: (field: string, value: FieldValue) => void;
};

export type FieldValue = string | null | string[];
/** What a label, hint and error of a block give to its element. */
export type Described = { id?: string; describedBy?: string; invalid?: boolean; label?: string };

/** One interactive element of Block Kit. */
export function blockElement(
  element: JsonObject,
  block: JsonObject,
  surface: Surface,
  described: Described = {},
): HTMLElement {
  const field = `${String(block["block_id"])}/${String(element["action_id"])}`;
  const place = { element, field, state: stateOf(element, block, surface), surface, described };
  switch (element["type"]) {
    case "button":
      return button(place);
    case "overflow":
      return overflow(place);
    case "static_select":
    case "external_select":
    case "users_select":
    case "conversations_select":
    case "channels_select":
      return menu(place);
    case "multi_static_select":
    case "checkboxes":
    case "radio_buttons":
      return choices(place);
    case "plain_text_input":
    case "rich_text_input":
    case "number_input":
    case "email_text_input":
    case "url_text_input":
    case "datepicker":
    case "timepicker":
    case "datetimepicker":
      return entry(place);
    case "image":
      return h("span", { class: "image" }, `Image: ${String(element["alt_text"])}`);
    default:
      return h("span", { class: "unknown" }, `Unknown element: ${String(element["type"])}`);
  }
}

type Place = {
  element: JsonObject;
  field: string;
  state: JsonObject;
  surface: Surface;
  described: Described;
};

function stateOf(element: JsonObject, block: JsonObject, { values }: Surface): JsonObject {
  return values[String(block["block_id"])]?.[String(element["action_id"])] ?? {};
}

function button({ element, field, surface }: Place): HTMLElement {
  const made = h(
    "button",
    {
      type: "button",
      class: `act ${said(element["style"])}`,
      "data-focus": field,
      "aria-label": element["accessibility_label"] as string | undefined,
      onclick: () => void once(made, element, surface, () => surface.press(field)),
    },
    plainText(element["text"]),
  );
  return made;
}

/** Asks the element's question if it has one, and keeps the button still until the answer is there. */
async function once(
  made: HTMLElement,
  element: JsonObject,
  { viewer }: Surface,
  act: () => Promise<unknown>,
): Promise<void> {
  if (made.getAttribute("aria-disabled") === "true") return;
  const confirm = element["confirm"] as JsonObject | undefined;
  if (confirm && !(await ask(confirm, viewer))) return;
  made.setAttribute("aria-disabled", "true");
  try {
    await act();
  } finally {
    made.removeAttribute("aria-disabled");
  }
}

function overflow({ element, field, surface }: Place): HTMLElement {
  const items = list(element["options"]).map((option) =>
    h(
      "button",
      {
        type: "button",
        onclick: (event) => {
          (event.currentTarget as HTMLElement).closest("details")?.removeAttribute("open");
          void once(event.currentTarget as HTMLElement, element, surface, () =>
            surface.press(field, String(option["value"])),
          );
        },
      },
      plainText(option["text"]),
    ),
  );
  return h(
    "details",
    { class: "overflow" },
    h("summary", { "aria-label": "More" }, "…"),
    h("div", {}, items),
  );
}

/** A menu of which one is taken. */
function menu({ element, field, state, surface, described }: Place): HTMLElement {
  const placeholder = plainText(element["placeholder"]) || "Choose one";
  const offered = menuChoices(element, surface);
  const shown = () => labelOf(state, surface);
  const input = h("input", {
    type: "text",
    id: described.id,
    placeholder,
    value: shown(),
    "data-focus": field,
    "aria-label": described.id ? undefined : (described.label ?? placeholder),
    "aria-describedby": described.describedBy,
    "aria-invalid": described.invalid ? "true" : undefined,
  });
  const choose = combobox({
    input,
    offer: async (typed) => {
      const text = typed === shown() ? "" : typed;
      if (element["type"] !== "external_select") return fitting(offered, text);
      const { options = [] } = await surface.suggest(field, text);
      return options.map((option) => toChoice(option));
    },
    onPick: (choice) => {
      input.value = choice.label;
      void surface.choose(field, choice.value);
    },
  });
  // A text that is no choice is no value.
  input.addEventListener("blur", () => {
    if (input.value === "" && shown() !== "") void surface.choose(field, null);
  });
  return h("div", { class: "menu" }, input, choose);
}

function menuChoices(element: JsonObject, { people, viewer }: Surface): Choice[] {
  switch (element["type"]) {
    case "users_select":
      return people.map(({ id, name, kind }) => ({ value: id, label: name, about: kind }));
    case "conversations_select":
    case "channels_select":
      return Object.entries(viewer.names)
        .filter(([, name]) => name.startsWith("#"))
        .map(([value, label]) => ({ value, label }));
    default:
      return [
        ...list(element["options"]).map((option) => toChoice(option)),
        ...list(element["option_groups"]).flatMap((group) =>
          list(group["options"]).map((option) => toChoice(option, plainText(group["label"]))),
        ),
      ];
  }
}

function toChoice(option: JsonObject, group?: string): Choice {
  return {
    value: String(option["value"]),
    label: plainText(option["text"]),
    about: plainText(option["description"]),
    ...(group ? { group } : {}),
  };
}

function labelOf(state: JsonObject, { viewer }: Surface): string {
  const option = state["selected_option"] as JsonObject | null | undefined;
  if (option) return plainText(option["text"]);
  const id =
    said(state["selected_user"]) || said(state["selected_conversation"]) || said(state["selected_channel"]);
  return viewer.names[id] ?? id;
}

/** Several or one of a few, all in sight. */
function choices({ element, field, state, surface, described }: Place): HTMLElement {
  const isOne = element["type"] === "radio_buttons";
  const selected = (isOne ? [state["selected_option"]] : list(state["selected_options"])) as (
    | JsonObject
    | null
    | undefined
  )[];
  const taken = new Set(selected.map((option) => option?.["value"]));
  const inputs: HTMLInputElement[] = [];
  const rows = menuChoices(element, surface).map(({ value, label, about }, index) => {
    const input = h("input", {
      type: isOne ? "radio" : "checkbox",
      name: field,
      value,
      checked: taken.has(value),
      "data-focus": `${field}/${index}`,
      onchange: () => {
        const now = inputs.filter((one) => one.checked).map((one) => one.value);
        void surface.choose(field, isOne ? (now[0] ?? null) : now);
      },
    });
    inputs.push(input);
    return h("label", { class: "choice" }, input, h("span", {}, label, about && h("small", {}, about)));
  });
  return h(
    "div",
    {
      class: "group",
      role: isOne ? "radiogroup" : "group",
      "aria-labelledby": described.id && `${described.id}-label`,
      "aria-label": described.id ? undefined : described.label,
      "aria-describedby": described.describedBy,
    },
    rows,
  );
}

const entryTypes: Record<string, string> = {
  datepicker: "date",
  timepicker: "time",
  datetimepicker: "datetime-local",
  email_text_input: "email",
  url_text_input: "url",
};

/** What is typed. Limits are the server's to enforce, as Slack's client does: nothing is cut while typing. */
function entry({ element, field, state, surface, described }: Place): HTMLElement {
  const type = String(element["type"]);
  const attributes = {
    id: described.id,
    placeholder: plainText(element["placeholder"]),
    "data-focus": field,
    "aria-label": described.id ? undefined : (described.label ?? plainText(element["placeholder"])),
    "aria-describedby": described.describedBy,
    "aria-invalid": described.invalid ? "true" : undefined,
  };
  const isLong = element["multiline"] === true || type === "rich_text_input";
  const made = isLong
    ? h("textarea", { ...attributes, rows: 4 })
    : h("input", {
        ...attributes,
        type: entryTypes[type] ?? "text",
        inputmode: type === "number_input" ? "decimal" : undefined,
        autocomplete: "off",
      });
  made.value = entryText(type, state);
  const value = () => (made.value === "" ? null : entryValue(type, made.value));
  made.addEventListener("input", () => surface.typed(field, value()));
  made.addEventListener("change", () => void surface.choose(field, value()));
  return made;
}

function entryText(type: string, state: JsonObject): string {
  const kept = state["value"] ?? state["selected_date"] ?? state["selected_time"];
  if (type !== "datetimepicker") return typeof kept === "string" ? kept : "";
  const seconds = state["selected_date_time"];
  if (typeof seconds !== "number") return "";
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function entryValue(type: string, text: string): string {
  return type === "datetimepicker" ? String(Math.floor(new Date(text).getTime() / 1000)) : text;
}
