import type { KnownBlock, ModalView } from "@slack/types";
import type { Request, Review } from "../../request/request.ts";
import type { FormValues } from "../payloads.ts";
import { maxReason } from "./card-plan.ts";
import { cardStatus } from "./card-status.ts";
import { input, labelled, option, plain, quote, section } from "./elements.ts";
import { literal, markup, mention } from "./markup.ts";
import { VALUE } from "./parameter-field.ts";

export const REVIEW_FORM = "jit_review_form";
export const REVIEW_TITLE = "Review break-glass";
const reviewFields = { verdict: "verdict", words: "words" } as const;

const minWords = 3;
const maxWords = 1000;

const verdicts = {
  justified: { title: "Justified", meaning: "It could not wait, and it was used for what it says." },
  "not-justified": {
    title: "Not justified",
    meaning: "It could have waited, or was used for something else.",
  },
} as const satisfies Record<Review["verdict"], { title: string; meaning: string }>;

/** Asks the owner of a review for the verdict, beside what was done and why. */
export function reviewView(request: Request, metadata: string): ModalView {
  const { runbook, target } = request.plan;
  const options = Object.entries(verdicts).map(([value, { title, meaning }]) =>
    option(title, value, meaning),
  );
  return {
    type: "modal",
    callback_id: REVIEW_FORM,
    private_metadata: metadata,
    title: plain(REVIEW_TITLE, 24),
    submit: plain("Give the review", 24),
    close: plain("Go back", 24),
    blocks: [
      section(
        markup`${mention(request.requester)} broke the glass for *${literal(runbook.title)}* (${literal(runbook.name)} v${literal(runbook.version)}) on ${literal(target.environment)}. Reason given:`,
      ),
      quote(request.reason, maxReason),
      ...(request.reference === undefined ? [] : [labelled("Incident:", request.reference, 200)]),
      ...cardStatus(request, {}),
      input(reviewFields.verdict, "Verdict", { type: "radio_buttons", action_id: VALUE, options }),
      input(
        reviewFields.words,
        "In words",
        {
          type: "plain_text_input",
          action_id: VALUE,
          multiline: true,
          min_length: minWords,
          max_length: maxWords,
        },
        { hint: "The requester reads it, and it stays in the record." },
      ),
    ] satisfies KnownBlock[],
  };
}

/** The verdict and its words as filled in, or what is wrong with them, by field. */
export function readReview(
  values: FormValues,
):
  | { status: "given"; verdict: Review["verdict"]; words: string }
  | { status: "invalid"; errors: Record<string, string> } {
  const chosen = values[reviewFields.verdict]?.[VALUE]?.selected_option?.value;
  const verdict = chosen === "justified" || chosen === "not-justified" ? chosen : undefined;
  const words = values[reviewFields.words]?.[VALUE]?.value?.trim() ?? "";
  const fits = words.length >= minWords && words.length <= maxWords;
  if (verdict && fits) return { status: "given", verdict, words };
  return {
    status: "invalid",
    errors: {
      ...(verdict ? {} : { [reviewFields.verdict]: "Choose one." }),
      ...(fits
        ? {}
        : { [reviewFields.words]: `From ${minWords} to ${maxWords} characters; these are ${words.length}.` }),
    },
  };
}
