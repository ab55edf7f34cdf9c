import type { KnownBlock } from "@slack/types";
import type { Request } from "../../request/request.ts";
import { type DifferenceRow, differenceRows } from "../../runbook/difference-rows.ts";
import type { Plan, PlannedWrite, WrittenAttribute } from "../../runbook/plan.ts";
import { maskedValue, valueReader } from "../../runbook/shown-value.ts";
import type { CardPart } from "./card-plan.ts";
import { context, plain, section, table } from "./elements.ts";
import { clip, inert } from "./inert.ts";
import { dateToken, literal, type Markup, markup } from "./markup.ts";
import type { Audience } from "./request-card.ts";
import { isShownTo } from "./shown-image.ts";

/** What an approver must judge of a write besides its request: what stands there now and what would, attribute by attribute. */
export function writePart(request: Request, audience: Audience): CardPart | undefined {
  const { write } = request.plan;
  if (!write) return undefined;
  const rows = difference(request.plan, write, audience);
  return {
    blocks: [
      section(whatWasSeen(request, write)),
      ...(rows ? [differenceTable(rows)] : []),
      context(wayBack(write)),
    ],
    notes: [
      [(rows?.length ?? 0) > maxRows, `${maxRows} of ${rows?.length} attributes shown.`],
      [
        rows?.some((row) => row.some((cell) => inert(cell).length > maxCell)) ?? false,
        "A value is longer than fits here.",
      ],
    ],
    isMasked: rows?.some((row) => row.includes(maskedValue)) ?? false,
  };
}

const maxRows = 15; // a card is read on a phone
const maxCell = 160;

function whatWasSeen({ look }: Request, { before }: PlannedWrite): Markup {
  switch (before.status) {
    case "read":
      return markup`*What would change*, as the item stood ${dateToken(before.at)}. If any of it changed since, nothing is written.`;
    case "to-be-read":
      return look?.state === "failed" && !look.mayPass
        ? markup`⚠️ *The item could not be looked at, so this can’t be approved.* ${literal(look.failure.sentence)}`
        : markup`🔎 The item is being looked at; what would change stands here in a moment. Until then nobody can approve.`;
    case "not-shown":
      return before.because === "runbook"
        ? markup`⚠️ *What stands there now is not shown*: the runbook does not ask for it. Its condition alone protects the item.`
        : markup`⚠️ *What stands there now is not shown*: the policy does not allow a look before the approval. The condition alone protects the item.`;
  }
}

function difference(plan: Plan, write: PlannedWrite, audience: Audience): string[][] | undefined {
  const changed = new Set(write.changes.map(({ attribute }) => attribute));
  const known = write.before.status === "read" ? write.before.image : undefined;
  if (!known) return undefined;
  const show = inputMask(plan, audience);
  const rows = new Map(differenceRows(write, known).map((row) => [row.attribute, row]));
  return write.attributes.map((attribute) => {
    const row = rows.get(attribute.name) ?? { attribute: attribute.name };
    const [was, is] = valuesOf(row, attribute, audience, show);
    return [`${attribute.title} (${attribute.name})`, was, changed.has(attribute.name) ? is : "(stays)"];
  });
}

function valuesOf(
  row: DifferenceRow,
  attribute: WrittenAttribute,
  audience: Audience,
  show: (text: string) => string,
): [string, string] {
  const cell = (text: string | undefined) => {
    if (text === undefined) return "(absent)";
    return isShownTo(attribute, audience) ? show(text) : maskedValue;
  };
  return [cell(row.before), row.after === undefined ? "(removed)" : cell(row.after)];
}

/** What the requester typed and marked sensitive stays masked where inputs are. */
function inputMask(plan: Plan, audience: Audience): (text: string) => string {
  const reader = valueReader(plan, audience === "approvers-channel");
  return (text) => (reader({ S: text }) === maskedValue ? maskedValue : text);
}

function differenceTable(rows: readonly (readonly string[])[]): KnownBlock {
  return table([
    ["Attribute", "Now", "After"],
    ...rows.slice(0, maxRows).map((row) => row.map((cell) => clip(inert(cell), maxCell))),
  ]);
}

function wayBack({ rollback, before }: PlannedWrite) {
  if (!rollback) return plain("Way back: none is declared for this write.");
  return before.status === "not-shown"
    ? plain(`Way back: ${rollback.runbook}, by hand; what stood there is not kept.`)
    : plain(
        `Way back: ${rollback.runbook}, a request of its own with the old values, for as long as what was written stands.`,
      );
}
