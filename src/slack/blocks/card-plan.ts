import type { KnownBlock } from "@slack/types";
import type { Request } from "../../request/request.ts";
import type { Plan } from "../../runbook/plan.ts";
import { recipeRows } from "../../runbook/recipe-rows.ts";
import { planSentences } from "../../runbook/plan-sentences.ts";
import { maskedValue } from "../../runbook/shown-value.ts";
import { queryPart, queryScope } from "./card-query.ts";
import { recipePart } from "./card-recipe.ts";
import { writePart } from "./card-write.ts";
import { context, labelled, plain, preformatted, section, table } from "./elements.ts";
import { clip, inert } from "./inert.ts";
import { literal, type Markup, markup, mention } from "./markup.ts";
import { classificationWord, plannedQuery } from "./planned-query.ts";
import type { Audience } from "./request-card.ts";
import { shortDigest } from "./words.ts";

/** Everything of the plan that an approver must judge; what does not fit is counted and one click away. */
export function planBlocks(request: Request, audience: Audience): KnownBlock[] {
  const maskSensitive = isMasked(audience);
  const query = plannedQuery(request.plan);
  const part = query
    ? queryPart(request, query, maskSensitive)
    : withPart(readPart(request, maskSensitive), writePart(request, audience));
  const { name, version, riskLevel } = request.plan.runbook;
  const recipe = recipePart(request, maskSensitive);
  return [
    section(markup`*Will run* ${literal(name)} v${literal(version)} · risk: *${literal(riskLevel)}*`),
    ...(recipe?.blocks ?? []),
    ...part.blocks,
    section(whereRowsGo(request)),
    ...notShown(request, recipe ? withPart(part, recipe) : part),
  ];
}

/** What remains of it on the card once it is decided. */
export function planSummary(request: Request, audience: Audience): KnownBlock[] {
  const { plan } = request;
  const query = plannedQuery(plan);
  const maskSensitive = isMasked(audience);
  const allowed = recipeRows(plan, maskSensitive).map(({ title, value }) => `${title}: ${value}`);
  const scope = plan.recipe
    ? allowed.join(" · ")
    : query
      ? queryScope(plan, query, maskSensitive)
      : planSentences(plan, { maskSensitive }).touches;
  return [
    labelled("Scope:", scope, 800),
    context(
      markup`${literal(plan.runbook.name)} v${literal(plan.runbook.version)} · plan \`${literal(shortDigest(request.planDigest))}\` · request ${literal(request.id)}`,
    ),
  ];
}

/** The blocks that one service's plan needs, and what they don't show: each note with whether it is so. */
export type CardPart = {
  blocks: KnownBlock[];
  notes: readonly (readonly [boolean, string])[];
  isMasked: boolean;
};

export type InputRow = { title: string; value: string; isMasked: boolean };

/** Each parameter in the order of its form, also those that are not given: an absent one does not narrow the query. */
export function inputRows(plan: Plan, maskSensitive: boolean): InputRow[] {
  return plan.parameters.map(({ name, title }) => {
    const value = plan.inputs[name];
    if (value === undefined) return { title, value: "(not given)", isMasked: false };
    if (maskSensitive && plan.sensitive.includes(name)) return { title, value: maskedValue, isMasked: true };
    return { title, value: typeof value === "object" ? value.join(", ") : String(value), isMasked: false };
  });
}

const maxInputs = 8; // a card is read on a phone
const maxValue = 160;
const maxCall = 1800;
const maxTouches = 1500;
export const maxReason = 1200;

function isMasked(audience: Audience): boolean {
  return audience === "approvers-channel";
}

function readPart({ plan }: Request, maskSensitive: boolean): CardPart {
  const sentences = planSentences(plan, { maskSensitive });
  const rows = plan.recipe ? [] : inputRows(plan, maskSensitive);
  const call = [sentences.call.title, ...sentences.call.lines.map((line) => `  ${line}`)].join("\n");
  return {
    blocks: [
      ...(rows.length > 0 ? [inputTable(rows)] : []),
      preformatted(call, maxCall),
      labelled("Can touch:", sentences.touches, maxTouches),
      labelled("Limits:", sentences.limits, 500),
    ],
    notes: [
      [rows.length > maxInputs, `${maxInputs} of ${rows.length} inputs shown.`],
      [rows.some(({ value }) => inert(value).length > maxValue), "An input is longer than fits here."],
      [
        call.length > maxCall || sentences.touches.length > maxTouches,
        "The request is longer than fits here.",
      ],
    ],
    isMasked: rows.some((row) => row.isMasked),
  };
}

function withPart(part: CardPart, more: CardPart | undefined): CardPart {
  if (!more) return part;
  return {
    blocks: [...part.blocks, ...more.blocks],
    notes: [...part.notes, ...more.notes],
    isMasked: part.isMasked || more.isMasked,
  };
}

function inputTable(rows: InputRow[]): KnownBlock {
  return table([
    ["Input", "Value"],
    ...rows.slice(0, maxInputs).map(({ title, value }) => [title, clip(inert(value), maxValue)]),
  ]);
}

function whereRowsGo(request: Request): Markup {
  const { output } = request.plan;
  const preview = output.audience === "thread-preview" && request.approval.allowPreview;
  const reader = request.plan.recipe ? markup`whoever runs it` : mention(request.requester);
  return markup`*Rows go to* ${reader} by direct message${output.removeOnEnd ? markup`, removed when the granted time is over` : markup``}; the thread gets ${preview ? markup`counts and a masked preview` : markup`counts only`}. Data: ${literal(classificationWord(output.classification))}.`;
}

/** Says aloud what this copy does not show. */
function notShown(request: Request, part: CardPart): KnownBlock[] {
  const notes = [
    ...part.notes,
    [inert(request.reason).length > maxReason, "The reason is longer than fits here."],
    [
      part.isMasked,
      "Sensitive values are masked in this channel; approvers see them in their direct message.",
    ],
  ] as const;
  const said = notes.filter(([isSo]) => isSo).map(([, note]) => note);
  return said.length > 0
    ? [context(plain(`${said.join(" ")} “Show the exact request” has everything.`))]
    : [];
}
