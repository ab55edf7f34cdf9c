import { array, boolean, byType, object, oneOf, string, type Check } from "./schema.ts";

export function plainText(max: number): Check {
  return byType({ plain_text: plainObject(max) });
}

export function anyText(max: number): Check {
  return byType({ plain_text: plainObject(max), mrkdwn: mrkdwnObject(max) });
}

export function mrkdwn(max: number): Check {
  return byType({ mrkdwn: mrkdwnObject(max) });
}

export const confirmDialog: Check = object(
  { text: anyText(300) },
  {
    title: plainText(100),
    confirm: plainText(30),
    deny: plainText(30),
    style: oneOf("primary", "danger"),
  },
);

/** One choice; `url` only in overflow menus, markup only beside checkboxes and radio buttons. */
export function option(kind: "plain" | "any" | "overflow"): Check {
  return object(
    { text: kind === "any" ? anyText(75) : plainText(75), value: string({ max: 150 }) },
    {
      description: kind === "any" ? anyText(75) : plainText(75),
      ...(kind === "overflow" ? { url: string({ max: 3000 }) } : {}),
    },
  );
}

export const optionGroup: Check = object({ label: plainText(75), options: array(option("plain"), 1, 100) });

function plainObject(max: number): Check {
  return object({ text: string({ max }) }, { emoji: boolean });
}

function mrkdwnObject(max: number): Check {
  return object({ text: string({ max }) }, { verbatim: boolean });
}
