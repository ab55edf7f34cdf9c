import { objectOf, objectsOf } from "../json.ts";
import {
  accessory,
  actionsElement,
  cardButton,
  contextActionsElement,
  image,
  inputElement,
} from "./elements.ts";
import { richText } from "./rich-text.ts";
import {
  all,
  anything,
  array,
  boolean,
  byType,
  integer,
  lazy,
  number,
  object,
  oneOf,
  string,
  type Check,
} from "./schema.ts";
import { anyText, mrkdwn, plainText } from "./text-objects.ts";

const blockId = { block_id: string({ max: 255 }) };
const imageElement = byType({ image });

const section = all(
  object(
    {},
    { ...blockId, text: anyText(3000), fields: array(anyText(2000), 1, 10), accessory, expand: boolean },
  ),
  (value, pointer) => {
    const block = objectOf(value);
    return block["text"] || block["fields"] ? [] : [{ pointer, message: "missing required field: text" }];
  },
);

const cell = byType({
  raw_text: object({ text: string() }),
  raw_number: object({ value: number }, { text: string() }),
  rich_text: richText,
});

const table = object(
  { rows: array(array(cell, 1, 20), 1, 100) },
  {
    ...blockId,
    column_settings: array(
      object({}, { align: oneOf("left", "center", "right"), is_wrapped: boolean }),
      0,
      20,
    ),
  },
);

const dataTable = all(
  object(
    { rows: array(array(cell, 1, 20), 2, 201), caption: string() },
    { ...blockId, page_size: integer(1, 100), row_header_column_index: integer(0, 19) },
  ),
  (value, pointer) => {
    const rows = objectOf(value)["rows"];
    if (!Array.isArray(rows)) return [];
    const lengths = rows.map((row: unknown) => (Array.isArray(row) ? row.length : 0));
    const uneven = lengths.findIndex((length) => length !== lengths[0]);
    const richHeader = objectsOf(rows[0]).some((entry) => entry["type"] === "rich_text");
    return [
      ...(uneven > 0
        ? [{ pointer: `${pointer}/rows/${uneven}`, message: "all rows must have the same number of cells" }]
        : []),
      ...(richHeader
        ? [{ pointer: `${pointer}/rows/0`, message: "header cells must be raw_text or raw_number" }]
        : []),
    ];
  },
);

const taskCard = object(
  { task_id: string(), title: string(), status: oneOf("pending", "in_progress", "complete", "error") },
  {
    ...blockId,
    details: byType({ rich_text: richText }),
    output: byType({ rich_text: richText }),
    sources: array(byType({ url: object({ url: string(), text: string() }) }), 0, 100),
  },
);

const card = object(
  {},
  {
    ...blockId,
    hero_image: imageElement,
    icon: imageElement,
    slack_icon: anything,
    title: anyText(150),
    subtitle: anyText(150),
    body: mrkdwn(200),
    subtext: anyText(200),
    actions: array(cardButton, 1, 3),
  },
);

/** Every block that exists, with its limits. Where one may stand is `surfaces.ts`. */
export const blockChecks: Record<string, Check> = {
  actions: object({ elements: array(actionsElement, 1, 25) }, blockId),
  alert: object(
    { text: anyText(200) },
    { ...blockId, level: oneOf("default", "info", "warning", "error", "success") },
  ),
  card,
  carousel: object({ elements: array(byType({ card }), 1, 10) }, blockId),
  container: object(
    {
      child_blocks: array(
        lazy(() => byType(containerChildren)),
        1,
        10,
      ),
    },
    {
      ...blockId,
      title: plainText(150),
      rich_text_title: byType({ rich_text: richText }),
      subtitle: anyText(150),
      width: oneOf("narrow", "standard", "wide", "full"),
      icon: imageElement,
      is_collapsible: boolean,
      default_collapsed: boolean,
      has_header_divider: boolean,
    },
  ),
  context: object(
    { elements: array(byType({ image, plain_text: plainText(3000), mrkdwn: mrkdwn(3000) }), 1, 10) },
    blockId,
  ),
  context_actions: object({ elements: array(contextActionsElement, 1, 5) }, blockId),
  data_table: dataTable,
  data_visualization: object({}, { ...blockId, title: string({ max: 50 }), chart: anything }),
  divider: object({}, blockId),
  file: object({ source: oneOf("remote"), external_id: string() }, blockId),
  header: object({ text: plainText(150) }, { ...blockId, level: integer(1, 4) }),
  image: object(
    { alt_text: string({ max: 2000 }) },
    {
      ...blockId,
      title: plainText(2000),
      image_url: string({ max: 3000 }),
      slack_file: object({}, { id: string(), url: string() }),
    },
  ),
  input: object(
    { label: plainText(2000), element: inputElement },
    { ...blockId, hint: plainText(2000), optional: boolean, dispatch_action: boolean },
  ),
  markdown: object({ text: string({ max: 12_000 }) }, blockId),
  plan: object({ title: string() }, { ...blockId, tasks: array(byType({ task_card: taskCard }), 0, 50) }),
  rich_text: richText,
  section,
  table,
  task_card: taskCard,
  video: object(
    { video_url: string(), thumbnail_url: string(), alt_text: string({ max: 2000 }), title: plainText(200) },
    {
      ...blockId,
      title_url: string(),
      author_name: string({ max: 50 }),
      provider_name: string(),
      provider_icon_url: string(),
      description: plainText(200),
    },
  ),
};

const containerChildren: Record<string, Check> = Object.fromEntries(
  [
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
  ].flatMap((type) => {
    const check = blockChecks[type];
    return check ? [[type, check]] : [];
  }),
);
