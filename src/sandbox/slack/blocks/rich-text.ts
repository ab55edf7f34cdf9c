import {
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

const style = {
  style: object(
    {},
    {
      bold: boolean,
      italic: boolean,
      strike: boolean,
      code: boolean,
      underline: boolean,
      highlight: boolean,
      client_highlight: boolean,
      unlink: boolean,
    },
  ),
};

const inline: Check = byType({
  text: object({ text: string() }, style),
  link: object({ url: string() }, { ...style, text: string({ min: 0 }), unsafe: boolean }),
  user: object({ user_id: string() }, style),
  usergroup: object({ usergroup_id: string() }, style),
  channel: object({ channel_id: string() }, style),
  team: object({ team_id: string() }, style),
  emoji: object({ name: string() }, { ...style, unicode: string(), url: string(), skin_tone: integer(1, 6) }),
  broadcast: object({ range: oneOf("here", "channel", "everyone") }, style),
  color: object({ value: string() }, style),
  date: object({ timestamp: number, format: string() }, { ...style, url: string(), fallback: string() }),
});

const border = { border: oneOf(0, 1) };
const inlines = array(inline, 0, 1000);

const section = object({ elements: inlines });

/** A rich_text block or cell. */
export const richText: Check = object(
  {
    elements: array(
      byType({
        rich_text_section: section,
        rich_text_list: object(
          {
            elements: array(
              lazy(() => byType({ rich_text_section: section })),
              0,
              1000,
            ),
            style: oneOf("bullet", "ordered"),
          },
          { ...border, indent: integer(0, 8), offset: integer(0, 10_000) },
        ),
        rich_text_quote: object({ elements: inlines }, border),
        rich_text_preformatted: object({ elements: inlines }, { ...border, language: string() }),
      }),
      0,
      1000,
    ),
  },
  { block_id: string({ max: 255 }) },
);
