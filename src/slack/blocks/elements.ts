import type {
  ActionsBlock,
  ActionsBlockElement,
  Button,
  ContextBlock,
  DividerBlock,
  HeaderBlock,
  InputBlock,
  MrkdwnElement,
  PlainTextElement,
  PlainTextOption,
  RichTextBlock,
  RichTextSection,
  SectionBlock,
  TableBlock,
} from "@slack/types";
import type { Said } from "../../request/said.ts";
import { clip, inert, inertLines } from "./inert.ts";
import type { Markup } from "./markup.ts";

/**
 * The blocks that we use, each within Slack's limits (docs.slack.dev/reference/block-kit). Text that is not our
 * own goes through `plain`, `quote`, `preformatted` and `table`, where Slack parses nothing; only `Markup`
 * becomes mrkdwn. What does not fit is clipped with a count of what is missing.
 */

type RichInline = RichTextSection["elements"][number];

/** Text that Slack shows as it is. Colons make no emoji, so a reason can't paint a tick. */
export function plain(text: string, max = 3000): PlainTextElement {
  return { type: "plain_text", text: clip(inert(text), max) || "–", emoji: false };
}

/** Our own markup, without Slack's guessing of links, channels and names in it. */
function mrkdwn(text: Markup): MrkdwnElement {
  return { type: "mrkdwn", text, verbatim: true };
}

export function header(text: string): HeaderBlock {
  return { type: "header", text: plain(text, 150) };
}

/** A paragraph: our markup, or `plain` text of others. */
export function section(text: Markup | PlainTextElement, accessory?: Button): SectionBlock {
  return { type: "section", text: textObject(text), ...(accessory ? { accessory } : {}) };
}

/** Small print, up to ten texts. */
export function context(...texts: (Markup | PlainTextElement)[]): ContextBlock {
  return { type: "context", elements: texts.slice(0, 10).map(textObject) };
}

export function divider(): DividerBlock {
  return { type: "divider" };
}

/** Up to 25 controls. */
export function actions(elements: ActionsBlockElement[], blockId?: string): ActionsBlock {
  return { type: "actions", elements, ...(blockId === undefined ? {} : { block_id: blockId }) };
}

export type ButtonOptions = {
  style?: "primary" | "danger";
  /** What a screen reader says, when the label alone is not enough. */
  label?: string;
  confirm?: { title: string; text: string; yes: string; no?: string; danger?: boolean };
};

export function button(text: string, actionId: string, value: string, options: ButtonOptions = {}): Button {
  const { style, label, confirm } = options;
  return {
    type: "button",
    text: plain(text, 75),
    action_id: actionId,
    value,
    ...(style ? { style } : {}),
    ...(label === undefined ? {} : { accessibility_label: clip(inert(label), 75) }),
    ...(confirm
      ? {
          confirm: {
            title: plain(confirm.title, 100),
            text: plain(confirm.text, 300),
            confirm: plain(confirm.yes, 30),
            deny: plain(confirm.no ?? "Go back", 30),
            ...(confirm.danger ? { style: "danger" as const } : {}),
          },
        }
      : {}),
  };
}

/** A labelled field of a form. */
export function input(
  blockId: string,
  label: string,
  element: InputBlock["element"],
  options: { hint?: string; optional?: boolean } = {},
): InputBlock {
  return {
    type: "input",
    block_id: blockId,
    label: plain(label, 2000),
    element,
    ...(options.hint === undefined ? {} : { hint: plain(options.hint, 2000) }),
    ...(options.optional ? { optional: true } : {}),
  };
}

/** A choice. Slack allows 150 characters of value; our values are short ids. */
export function option(text: string, value: string, description?: string): PlainTextOption {
  return {
    text: plain(text, 75),
    value,
    ...(description === undefined ? {} : { description: plain(description, 75) }),
  };
}

/** What somebody wrote, quoted: one line, inert. */
export function quote(text: string, max = 3000): RichTextBlock {
  return rich({ type: "rich_text_quote", elements: [words(clip(inert(text), max) || "(nothing)")] });
}

/** Fixed-width lines that keep their line breaks and spaces; nothing in them is hidden or parsed. */
export function preformatted(text: string, max = 3000): RichTextBlock {
  return rich({
    type: "rich_text_preformatted",
    elements: [{ type: "text", text: clip(inertLines(text), max) || "–" }],
  });
}

/** A bold label and text of others behind it. */
export function labelled(label: string, text: string, max = 3000): RichTextBlock {
  return rich({
    type: "rich_text_section",
    elements: [words(`${label} `, true), words(clip(inert(text), max) || "–")],
  });
}

/** A bullet for each text, inert. */
export function bullets(texts: readonly string[], max = 600): RichTextBlock {
  return rich({
    type: "rich_text_list",
    style: "bullet",
    elements: texts.map((text) => ({
      type: "rich_text_section",
      elements: [words(clip(inert(text), max) || "–")],
    })),
  });
}

/** A bullet for each sentence: text inert, people as mentions. */
export function saidBullets(lines: readonly Said[], max = 900): RichTextBlock {
  return rich({
    type: "rich_text_list",
    style: "bullet",
    elements: lines.map((line) => ({
      type: "rich_text_section",
      elements: line.flatMap((one) => {
        if (typeof one === "string") return words(beside(one, clip(inert(one), max)));
        const user = { type: "user", user_id: one.userId } as const;
        return one.subject === undefined ? user : [user, words(clip(` [${inert(one.subject)}]`, max))];
      }),
    })),
  });
}

/** Rows of text, the first one the head; only in messages and App Home. At most 100 rows, 20 columns and 10,000 characters are the caller's to keep. */
export function table(rows: readonly (readonly string[])[], numeric: readonly boolean[] = []): TableBlock {
  return {
    type: "table",
    rows: rows.map((row) => row.map((cell) => ({ type: "raw_text", text: inert(cell) || "–" }))),
    column_settings: (rows[0] ?? []).map((_, column) => ({
      align: numeric[column] ? ("right" as const) : ("left" as const),
      is_wrapped: true,
    })),
  };
}

function rich(...elements: RichTextBlock["elements"]): RichTextBlock {
  return { type: "rich_text", elements };
}

/** The spaces between text and a person stay. */
function beside(text: string, shown: string): string {
  return `${/^\s/.test(text) ? " " : ""}${shown.trim()}${/\s$/.test(text) ? " " : ""}` || " ";
}

function words(text: string, bold = false): RichInline {
  return { type: "text", text, ...(bold ? { style: { bold: true } } : {}) };
}

function textObject(text: Markup | PlainTextElement): MrkdwnElement | PlainTextElement {
  return typeof text === "string" ? mrkdwn(text) : text;
}
