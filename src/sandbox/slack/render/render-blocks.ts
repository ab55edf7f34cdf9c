import { isObject, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { StateValues } from "../state-values.ts";
import type { Names } from "./names.ts";
import { renderConfirm, renderElement } from "./render-element.ts";
import { renderRichText, renderTextObject } from "./render-text-object.ts";

/** What stands in the blocks' fields, and what is shown beside them. */
export type FieldContext = { names: Names; values: StateValues; errors: Record<string, string> };

/** Every block as lines of plain text; one that is not known says so. */
export function renderBlocks(blocks: JsonObject[], context: FieldContext): string[] {
  return blocks.flatMap((block) => renderBlock(block, context));
}

function renderBlock(block: JsonObject, context: FieldContext): string[] {
  const { names } = context;
  const text = (value: unknown) => (isObject(value) ? renderTextObject(value, names) : "");
  switch (block["type"]) {
    case "header":
      return [`# ${text(block["text"])}`];
    case "section":
      return renderSection(block, context);
    case "context":
      return [
        objectsOf(block["elements"])
          .map((e) => (e["type"] === "image" ? renderElement(e, undefined, names) : text(e)))
          .join("  "),
      ];
    case "divider":
      return ["---"];
    case "rich_text":
      return renderRichText(block, names);
    case "actions":
    case "context_actions":
      return renderActions(block, objectsOf(block["elements"]), context);
    case "input":
      return renderInput(block, context);
    case "image":
      return [`[image: ${textOf(block["alt_text"])}]`];
    case "markdown":
      return textOf(block["text"]).split("\n");
    case "alert":
      return [`! ${text(block["text"])}`];
    case "table":
    case "data_table":
      return renderTable(block, names);
    case "card":
      return [
        ...["title", "subtitle", "body", "subtext"].map((field) => text(block[field])).filter(Boolean),
        ...renderActions(block, objectsOf(block["actions"]), context),
      ];
    case "carousel":
      return renderBlocks(objectsOf(block["elements"]), context);
    case "container":
      return [
        ...[text(block["title"]), text(block["subtitle"])].filter(Boolean),
        ...(isObject(block["rich_text_title"]) ? renderRichText(block["rich_text_title"], names) : []),
        ...renderBlocks(objectsOf(block["child_blocks"]), context).map((line) => `  ${line}`),
      ];
    case "plan":
      return [textOf(block["title"]), ...renderBlocks(objectsOf(block["tasks"]), context)];
    case "task_card":
      return [
        `(${textOf(block["status"])}) ${textOf(block["title"])}`,
        ...["details", "output"].flatMap((field) => renderRichText(objectOf(block[field]), names)),
      ];
    case "video":
      return [`[video: ${text(block["title"])} ${textOf(block["video_url"])}]`];
    case "file":
      return [`[remote file: ${textOf(block["external_id"])}]`];
    default:
      return [`[unknown block: ${textOf(block["type"]) || "without a type"}]`];
  }
}

function renderSection(block: JsonObject, context: FieldContext): string[] {
  const { names } = context;
  const text = isObject(block["text"]) ? renderTextObject(block["text"], names).split("\n") : [];
  const fields = objectsOf(block["fields"]).map((field) =>
    renderTextObject(field, names).replaceAll("\n", " "),
  );
  const accessory = isObject(block["accessory"]) ? renderActions(block, [block["accessory"]], context) : [];
  return [...text, ...fields, ...accessory];
}

function renderActions(block: JsonObject, elements: JsonObject[], context: FieldContext): string[] {
  if (elements.length === 0) return [];
  const states = context.values[textOf(block["block_id"])] ?? {};
  const shown = elements.map((e) => renderElement(e, states[textOf(e["action_id"])], context.names));
  return [shown.join(" "), ...elements.flatMap((element) => renderConfirm(element, context.names))];
}

function renderInput(block: JsonObject, context: FieldContext): string[] {
  const { names } = context;
  const element = objectOf(block["element"]);
  const state = context.values[textOf(block["block_id"])]?.[textOf(element["action_id"])];
  const label = renderTextObject(objectOf(block["label"]), names);
  const error = context.errors[textOf(block["block_id"])];
  return [
    `${label}${block["optional"] === true ? " (optional)" : ""}: ${renderElement(element, state, names)}`,
    ...(isObject(block["hint"]) ? [`    ${renderTextObject(block["hint"], names)}`] : []),
    ...(error === undefined ? [] : [`    ! ${error}`]),
  ];
}

function renderTable(block: JsonObject, names: Names): string[] {
  const rows = Array.isArray(block["rows"]) ? (block["rows"] as unknown[]) : [];
  const cells = rows.map((row) => objectsOf(row).map((cell) => renderCell(cell, names)));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const caption = textOf(block["caption"]);
  return [
    ...(caption ? [caption] : []),
    ...cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`),
  ];
}

function renderCell(cell: JsonObject, names: Names): string {
  if (cell["type"] === "rich_text") return renderRichText(cell, names).join(" ");
  return textOf(cell["text"]) || JSON.stringify(cell["value"] ?? "");
}
