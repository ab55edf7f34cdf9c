import type { KnownBlock, ModalView } from "@slack/types";
import type { Request } from "../request/request.ts";
import { context, input, plain, section } from "./blocks/elements.ts";
import { literal, markup, mention } from "./blocks/markup.ts";
import { VALUE } from "./blocks/parameter-field.ts";
import { recipeTerms } from "./blocks/recipe-words.ts";
import { minutes } from "./blocks/words.ts";
import type { FormValues } from "./payloads.ts";
import { stateWord } from "./sentences.ts";

export const REASON = "reason";
/** Long enough for the why, short enough for the card that quotes it. */
const maxReason = 500;

export type ReasonAct = { callbackId: string; title: string; submit: string; warning: string; hint: string };

export const denyAct: ReasonAct = {
  callbackId: "jit_deny_reason",
  title: "Deny request",
  submit: "Deny",
  warning: "Denying ends this request. It can’t be approved after that.",
  hint: "The requester reads it, and it stays in the record.",
};

export const revokeAct: ReasonAct = {
  callbackId: "jit_revoke_reason",
  title: "Revoke access",
  submit: "Revoke",
  warning: "Revoking stops a run that is going and ends the access now.",
  hint: "The requester reads it, and it stays in the record.",
};

const recipeWarning =
  "Revoking ends the recipe: people decide from the next request on. What it approved before goes on.";

/** Asks for the reason of an act on a request, and says what the act is about. */
export function reasonView(act: ReasonAct, request: Request, metadata: string): ModalView {
  const { runbook, grant, target, recipe } = request.plan;
  const warning = recipe && act === revokeAct ? recipeWarning : act.warning;
  return {
    type: "modal",
    callback_id: act.callbackId,
    private_metadata: metadata,
    title: plain(act.title, 24),
    submit: plain(act.submit, 24),
    close: plain("Go back", 24),
    blocks: [
      { type: "alert", level: "warning", text: plain(warning, 200) },
      section(
        markup`*${literal(runbook.title)}* (${literal(runbook.name)} v${literal(runbook.version)}) on ${literal(target.environment)}, asked by ${mention(request.requester)} for ${recipe ? recipeTerms(recipe) : literal(minutes(grant.durationMinutes))}.`,
      ),
      context(markup`The request is ${literal(stateWord(request.state))}.`),
      input(
        REASON,
        "Reason",
        { type: "plain_text_input", action_id: VALUE, multiline: true, min_length: 1, max_length: maxReason },
        { hint: act.hint },
      ),
    ] satisfies KnownBlock[],
  };
}

/** The reason as typed, or what is wrong with it. */
export function readReason(
  values: FormValues,
): { status: "given"; reason: string } | { status: "invalid"; message: string } {
  const reason = values[REASON]?.[VALUE]?.value?.trim() ?? "";
  if (reason === "") return { status: "invalid", message: "Say why, in a few words." };
  if (reason.length > maxReason)
    return { status: "invalid", message: `At most ${maxReason} characters; these are ${reason.length}.` };
  return { status: "given", reason };
}
