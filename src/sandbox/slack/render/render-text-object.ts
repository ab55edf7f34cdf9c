import { objectsOf, textOf, type JsonObject } from "../json.ts";
import type { Names } from "./names.ts";

/** A plain_text or mrkdwn object as a person reads it. */
export function renderTextObject(object: JsonObject, names: Names): string {
  const text = textOf(object["text"]);
  return object["type"] === "mrkdwn" ? renderMrkdwn(text, names) : text;
}

/** Mentions by name, links with their address, dates by their fallback, entities decoded. */
export function renderMrkdwn(text: string, names: Names): string {
  return text
    .replaceAll(
      /<([@#!])([^>|]*)(?:\|([^>]*))?>/g,
      (_, kind: string, id: string, label: string | undefined) => {
        if (kind !== "!") return names(id);
        if (id.startsWith("date^")) return label ?? id;
        if (id.startsWith("subteam^")) return names(id.slice("subteam^".length));
        return `@${id}`;
      },
    )
    .replaceAll(/<((?:https?|mailto):[^>|]*)(?:\|([^>]*))?>/g, (_, url: string, label: string | undefined) =>
      label ? `${label} (${url})` : url,
    )
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** The lines of a rich_text block. */
export function renderRichText(block: JsonObject, names: Names): string[] {
  return objectsOf(block["elements"]).flatMap((part) => {
    switch (part["type"]) {
      case "rich_text_section":
        return inlines(part, names).split("\n");
      case "rich_text_list":
        return objectsOf(part["elements"]).map(
          (item, index) => `${part["style"] === "ordered" ? `${index + 1}.` : "•"} ${inlines(item, names)}`,
        );
      case "rich_text_quote":
        return inlines(part, names)
          .split("\n")
          .map((line) => `> ${line}`);
      case "rich_text_preformatted":
        return inlines(part, names)
          .split("\n")
          .map((line) => `  ${line}`);
      default:
        return [`[unknown rich text: ${textOf(part["type"])}]`];
    }
  });
}

function inlines(part: JsonObject, names: Names): string {
  return objectsOf(part["elements"])
    .map((element) => inline(element, names))
    .join("")
    .replace(/\n$/, "");
}

function inline(element: JsonObject, names: Names): string {
  switch (element["type"]) {
    case "text":
      return textOf(element["text"]);
    case "link": {
      const label = textOf(element["text"]);
      return label ? `${label} (${textOf(element["url"])})` : textOf(element["url"]);
    }
    case "user":
      return names(textOf(element["user_id"]));
    case "usergroup":
      return names(textOf(element["usergroup_id"]));
    case "channel":
      return names(textOf(element["channel_id"]));
    case "team":
      return names(textOf(element["team_id"]));
    case "emoji":
      return `:${textOf(element["name"])}:`;
    case "broadcast":
      return `@${textOf(element["range"])}`;
    case "color":
      return textOf(element["value"]);
    case "date":
      return textOf(element["fallback"]) || new Date(Number(element["timestamp"]) * 1000).toISOString();
    default:
      return `[unknown element: ${textOf(element["type"])}]`;
  }
}
