import type { InputBlock, ModalView } from "@slack/types";
import type { Request } from "../../request/request.ts";
import type { NarrowingKind } from "../../runbook/narrowing.ts";
import type { Parameter } from "../../runbook/parameter.ts";
import type { Plan } from "../../runbook/plan.ts";
import { bullets, context, input, option, plain, section } from "./elements.ts";
import { literal, type Markup, markup, mention } from "./markup.ts";
import { parameterField, VALUE } from "./parameter-field.ts";

export const APPROVE_LESS = "jit_approve_less";
export const APPROVE_LESS_FORM = "jit_approve_less_form";
export const APPROVE_LESS_TITLE = "Approve less";

/** Block ids of the fields that are no parameter's. */
export const lessFields = { duration: "duration", rows: "rows", columns: "columns" } as const;

export type ApproveLessOptions = {
  request: Request;
  /** The runbook's parameters, as loaded now. */
  parameters: Readonly<Record<string, Parameter>>;
  /** Opaque: comes back with the submission. */
  metadata: string;
  notice?: Markup;
  /** Shown as plain text, since they may quote what was typed. */
  problems?: readonly string[];
};

/** A field for each thing that the runbook lets an approver make less of, filled with what was asked for. */
export function approveLessView({
  request,
  parameters,
  metadata,
  notice,
  problems = [],
}: ApproveLessOptions): ModalView {
  const { plan } = request;
  return {
    type: "modal",
    callback_id: APPROVE_LESS_FORM,
    private_metadata: metadata,
    title: plain(APPROVE_LESS_TITLE, 24),
    submit: plain("Approve this", 24),
    close: plain("Go back", 24),
    blocks: [
      ...(notice === undefined ? [] : [section(notice)]),
      ...(problems.length === 0 ? [] : [bullets(problems)]),
      section(
        markup`*${literal(plan.runbook.title)}* (${literal(plan.runbook.name)} v${literal(plan.runbook.version)}) on ${literal(plan.target.environment)}, asked by ${mention(request.requester)}.`,
      ),
      ...(plan.narrowing ?? []).flatMap((kind) => fields[kind](plan, parameters)),
      context(
        markup`Your approval stands for what is left, and approvals given before hold for it too. ${mention(request.requester)} and whoever decides after you see what is less.`,
      ),
    ],
  };
}

const fields: Record<
  NarrowingKind,
  (plan: Plan, parameters: ApproveLessOptions["parameters"]) => InputBlock[]
> = {
  duration: ({ grant }) => [numberField(lessFields.duration, "How many minutes", grant.durationMinutes)],
  rows: ({ limits }) => [numberField(lessFields.rows, "Rows of one run, at most", limits.maxRows)],
  columns: ({ output }) => {
    const open = output.columns.filter(({ alwaysMasked }) => alwaysMasked !== true);
    if (open.length === 0) return [];
    const options = open.map(({ name, title }) => option(title, name));
    return [
      input(
        lessFields.columns,
        "Columns to mask",
        { type: "multi_static_select", action_id: VALUE, options },
        { hint: "Nobody gets to see their values, the requester included.", optional: true },
      ),
    ];
  },
  timeRange: ({ inputs }, parameters) =>
    Object.entries(parameters).flatMap(([name, parameter]) =>
      parameter.type === "string" && parameter["x-bound"] !== undefined && inputs[name] !== undefined
        ? [parameterField({ name, parameter, required: true, value: inputs[name] })]
        : [],
    ),
};

function numberField(blockId: string, label: string, max: number): InputBlock {
  return input(
    blockId,
    label,
    {
      type: "number_input",
      action_id: VALUE,
      is_decimal_allowed: false,
      min_value: "1",
      max_value: String(max),
      initial_value: String(max),
    },
    { hint: `Asked for: ${max}.` },
  );
}
