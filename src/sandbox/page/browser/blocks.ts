import type { JsonObject } from "../../slack/json.ts";
import { blockElement, type Surface } from "./elements.ts";
import { type Child, h } from "./dom.ts";
import { list, mrkdwn, plainText, richText, said, textObject, unknown } from "./text.ts";

/** One block of Block Kit, drawn as Slack lays it out; one that is not known is shown as such. */
export function drawBlock(block: JsonObject, surface: Surface, error?: string): HTMLElement {
  return h("div", { class: `block ${String(block["type"])}` }, content(block, surface, error));
}

function content(block: JsonObject, surface: Surface, error: string | undefined): Child[] {
  const { viewer } = surface;
  switch (block["type"]) {
    case "header":
      return [h("h3", {}, plainText(block["text"]))];
    case "section":
      return section(block, surface);
    case "context":
      return list(block["elements"]).map((part) =>
        part["type"] === "image"
          ? h("span", { class: "image" }, `Image: ${String(part["alt_text"])}`)
          : h("span", {}, textObject(part, viewer)),
      );
    case "actions":
    case "context_actions":
      return list(block["elements"]).map((element) => blockElement(element, block, surface));
    case "divider":
      return [h("hr")];
    case "rich_text":
      return richText(block, viewer);
    case "markdown":
      return [h("p", {}, mrkdwn(String(block["text"]), viewer))];
    case "alert":
      return [
        h("p", { class: `alert ${said(block["level"])}`, role: "note" }, textObject(block["text"], viewer)),
      ];
    case "table":
    case "data_table":
      return [table(block, surface)];
    case "input":
      return [input(block, surface, error)];
    case "image":
      return [image(block)];
    case "file":
      return [h("p", { class: "image" }, `Remote file: ${String(block["external_id"])}`)];
    default:
      return [unknown(said(block["type"]) || "without a type", block)];
  }
}

function section(block: JsonObject, surface: Surface): Child[] {
  const { viewer } = surface;
  const fields = list(block["fields"]);
  const accessory = block["accessory"] as JsonObject | undefined;
  return [
    h(
      "div",
      { class: "words" },
      block["text"] ? h("p", {}, textObject(block["text"], viewer)) : undefined,
      fields.length > 0 &&
        h(
          "div",
          { class: "fields" },
          fields.map((field) => h("p", {}, textObject(field, viewer))),
        ),
    ),
    accessory && h("div", { class: "accessory" }, blockElement(accessory, block, surface)),
  ];
}

function table(block: JsonObject, { viewer }: Surface): HTMLElement {
  const rows = (block["rows"] as JsonObject[][] | undefined) ?? [];
  const settings = list(block["column_settings"]);
  const align = (column: number) => `align-${said(settings[column]?.["align"]) || "left"}`;
  const cell = (part: JsonObject): Child[] =>
    part["type"] === "rich_text"
      ? richText(part, viewer)
      : [said(part["text"]) || JSON.stringify(part["value"] ?? "")];
  const [head = [], ...body] = rows;
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((part, column) => h("th", { scope: "col", class: align(column) }, cell(part))),
        ),
      ),
      h(
        "tbody",
        {},
        body.map((row) =>
          h(
            "tr",
            {},
            row.map((part, column) => h("td", { class: align(column) }, cell(part))),
          ),
        ),
      ),
    ),
  );
}

/** Nothing is loaded from elsewhere: a picture is told by its words and its address. */
function image(block: JsonObject): HTMLElement {
  return h(
    "figure",
    { class: "image" },
    `Image: ${String(block["alt_text"])}`,
    block["title"] ? h("figcaption", {}, plainText(block["title"])) : undefined,
    h("code", {}, said(block["image_url"])),
  );
}

let count = 0;

function input(block: JsonObject, surface: Surface, error: string | undefined): HTMLElement {
  count += 1;
  const id = `field-${count}`;
  const element = (block["element"] ?? {}) as JsonObject;
  const isGroup = ["radio_buttons", "checkboxes", "multi_static_select"].includes(String(element["type"]));
  const hint = plainText(block["hint"]);
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const label = [
    plainText(block["label"]),
    block["optional"] === true ? h("span", { class: "optional" }, " (optional)") : undefined,
  ];
  return h(
    "div",
    { class: error ? "field wrong" : "field" },
    isGroup
      ? h("div", { class: "label", id: `${id}-label` }, label)
      : h("label", { class: "label", for: id }, label),
    blockElement(element, block, surface, {
      id,
      invalid: error !== undefined,
      ...(describedBy ? { describedBy } : {}),
    }),
    hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : undefined,
    error ? h("p", { class: "error", id: `${id}-error`, role: "alert" }, error) : undefined,
  );
}
