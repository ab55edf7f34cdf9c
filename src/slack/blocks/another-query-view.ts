import type { ModalView } from "@slack/types";
import type { Request } from "../../request/request.ts";
import type { SqlParameter } from "../../runbook/parameter.ts";
import { planSentences } from "../../runbook/plan-sentences.ts";
import { bullets, context, plain, section } from "./elements.ts";
import { dateToken, literal, type Markup, markup } from "./markup.ts";
import { parameterField } from "./parameter-field.ts";
import { counted } from "./words.ts";

export const ANOTHER_QUERY_FORM = "jit_another_query_form";
export const ANOTHER_QUERY_TITLE = "Ask another query";

export type AnotherQueryOptions = {
  request: Request;
  /** The runbook's parameter that holds the query. */
  field: { name: string; parameter: SqlParameter };
  /** What stands in the field. */
  text: string;
  /** Opaque: comes back with the submission. */
  metadata: string;
  notice?: Markup;
  /** Shown as plain text, since they may quote what was typed. */
  problems?: readonly string[];
};

/** One field for a further query inside an open window, and what its sending means. */
export function anotherQueryView({
  request,
  field,
  text,
  metadata,
  notice,
  problems = [],
}: AnotherQueryOptions): ModalView {
  const { runbook, target } = request.plan;
  return {
    type: "modal",
    callback_id: ANOTHER_QUERY_FORM,
    private_metadata: metadata,
    title: plain(ANOTHER_QUERY_TITLE, 24),
    submit: plain("Run it", 24),
    close: plain("Go back", 24),
    blocks: [
      ...(notice === undefined ? [] : [section(notice)]),
      ...(problems.length === 0 ? [] : [bullets(problems)]),
      section(
        markup`*${literal(runbook.title)}* (${literal(runbook.name)} v${literal(runbook.version)}) on ${literal(target.environment)}`,
      ),
      parameterField({ ...field, required: true, value: text }),
      context(whatItMeans(request)),
    ],
  };
}

function whatItMeans({ plan, runs, grant }: Request): Markup {
  const left = literal(counted(Math.max(0, plan.grant.maxRuns - runs.length), "run", "runs"));
  const until = grant ? markup` until ${dateToken(grant.endsAt)}` : markup``;
  const { limits } = planSentences(plan);
  return markup`It runs at once and without a new approval when the approved guardrails admit it; it is recorded and shown in the thread. ${literal(limits)} ${left} left${until}.`;
}
