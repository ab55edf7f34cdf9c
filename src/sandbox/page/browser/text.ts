import type { JsonObject } from "../../slack/json.ts";
import { formatDate } from "./date-token.ts";
import { type Child, h, nodes } from "./dom.ts";

/** For whom text is drawn: their zone, how everybody is called, and how far their clock is ahead of the browser's. */
export type Viewer = { tz: string; names: Record<string, string>; aheadMs: number };

/** A `plain_text` or `mrkdwn` object. */
export function textObject(object: unknown, viewer: Viewer): Child[] {
  const { type, text } = (object ?? {}) as { type?: string; text?: string };
  return type === "mrkdwn" ? mrkdwn(text ?? "", viewer) : lines(text ?? "");
}

export function plainText(object: unknown): string {
  return ((object ?? {}) as { text?: string }).text ?? "";
}

/** Slack's markup as elements. What is no markup stays as it was typed. */
export function mrkdwn(text: string, viewer: Viewer): Child[] {
  return text
    .split(/```([\s\S]+?)```/)
    .flatMap((part, index) =>
      index % 2 === 1 ? [h("pre", {}, decoded(part.trim()))] : quotesAndLines(part, viewer),
    );
}

function quotesAndLines(text: string, viewer: Viewer): Child[] {
  const found: Child[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const quoted = /^&gt; ?(.*)$/.exec(line)?.[1];
    if (quoted !== undefined) found.push(h("blockquote", {}, inline(quoted, viewer)));
    else found.push(...(index > 0 ? [h("br")] : []), ...inline(line, viewer));
  }
  return found;
}

const token =
  /<([^<>]+)>|`([^`]+)`|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])/g;

function inline(text: string, viewer: Viewer): Child[] {
  const found: Child[] = [];
  let from = 0;
  for (const match of text.matchAll(token)) {
    found.push(decoded(text.slice(from, match.index)));
    const [whole, special, code, bold, italic, strike] = match;
    if (special !== undefined) found.push(specialToken(special, viewer));
    else if (code !== undefined) found.push(h("code", {}, decoded(code)));
    else if (bold !== undefined) found.push(h("strong", {}, inline(bold, viewer)));
    else if (italic !== undefined) found.push(h("em", {}, inline(italic, viewer)));
    else found.push(h("s", {}, inline(strike ?? "", viewer)));
    from = match.index + whole.length;
  }
  found.push(decoded(text.slice(from)));
  return found;
}

/** `<@U…>`, `<#C…>`, `<!date^…>`, `<!here>`, `<https://…|label>` */
function specialToken(content: string, viewer: Viewer): Child {
  const [body = "", label] = content.split("|");
  if (body.startsWith("@") || body.startsWith("#")) return mention(body.slice(1), viewer);
  if (body.startsWith("!subteam^")) return mention(body.slice("!subteam^".length), viewer);
  if (body.startsWith("!date^")) {
    const [, seconds = "", format = "", link] = body.split("^");
    const shown = date(Number(seconds), decoded(format), viewer, decoded(label ?? ""));
    return link ? anchor(link, [shown]) : shown;
  }
  if (body.startsWith("!")) return h("span", { class: "mention" }, `@${body.slice(1)}`);
  return anchor(decoded(body), [decoded(label ?? body)]);
}

export function mention(id: string, { names }: Viewer): HTMLElement {
  return h("span", { class: "mention" }, names[id] ?? id);
}

function date(seconds: number, format: string, viewer: Viewer, fallback: string): HTMLElement {
  const { tz } = viewer;
  const time = new Date(seconds * 1000);
  // Also a number that no calendar reaches.
  if (Number.isNaN(time.getTime())) return h("span", {}, fallback);
  const iso = time.toISOString();
  return h(
    "time",
    { datetime: iso, title: `${fallback || iso} (shown in ${tz})` },
    formatDate(seconds, format, viewer),
  );
}

/** A link, if it is one that a person may follow. */
function anchor(url: string, children: Child[]): HTMLElement {
  if (!/^(https?|mailto):/i.test(url)) return h("span", {}, children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, children);
}

function lines(text: string): Child[] {
  return text.split("\n").flatMap((line, index) => (index > 0 ? [h("br"), line] : [line]));
}

function decoded(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** A `rich_text` block. */
export function richText(block: JsonObject, viewer: Viewer): Child[] {
  return list(block["elements"]).map((part) => {
    const content = () => list(part["elements"]).flatMap((element) => richInline(element, viewer));
    switch (part["type"]) {
      case "rich_text_section":
        return h("p", {}, content());
      case "rich_text_quote":
        return h("blockquote", {}, content());
      case "rich_text_preformatted":
        return h("pre", { tabindex: 0 }, content());
      case "rich_text_list": {
        const items = list(part["elements"]).map((item) =>
          h(
            "li",
            {},
            list(item["elements"]).flatMap((element) => richInline(element, viewer)),
          ),
        );
        return part["style"] === "ordered" ? h("ol", {}, items) : h("ul", {}, items);
      }
      default:
        return unknown(`rich text ${String(part["type"])}`, part);
    }
  });
}

function richInline(element: JsonObject, viewer: Viewer): Child[] {
  const id = (name: string) => said(element[name]);
  switch (element["type"]) {
    case "text":
      return [styled(lines(id("text")), element["style"] as JsonObject | undefined)];
    case "link":
      return [anchor(id("url"), [id("text") || id("url")])];
    case "user":
      return [mention(id("user_id"), viewer)];
    case "usergroup":
      return [mention(id("usergroup_id"), viewer)];
    case "channel":
      return [mention(id("channel_id"), viewer)];
    case "emoji":
      return [`:${id("name")}:`];
    case "broadcast":
      return [h("span", { class: "mention" }, `@${id("range")}`)];
    case "date":
      return [date(Number(element["timestamp"]), id("format"), viewer, id("fallback"))];
    default:
      return [unknown(`element ${String(element["type"])}`, element)];
  }
}

function styled(children: Child[], style: JsonObject = {}): Child {
  const tags = { bold: "strong", italic: "em", strike: "s", code: "code" } as const;
  return Object.entries(tags).reduce<DocumentFragment | HTMLElement>(
    (inner, [name, tag]) => (style[name] === true ? h(tag, {}, inner) : inner),
    fragment(children),
  );
}

function fragment(children: Child[]): DocumentFragment {
  const made = document.createDocumentFragment();
  made.append(...nodes(children));
  return made;
}

/** What this page can't draw is said, never dropped. */
export function unknown(what: string, content: unknown): HTMLElement {
  return h(
    "details",
    { class: "unknown" },
    h("summary", {}, `Unknown block: ${what}`),
    h("pre", { tabindex: 0 }, JSON.stringify(content, null, 2)),
  );
}

/** The string that Slack says stands there, or an empty one. */
export function said(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The objects of a list, or none. */
export function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}
