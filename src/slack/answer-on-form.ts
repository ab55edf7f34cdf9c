import * as z from "zod";

const submissionSchema = z.looseObject({
  type: z.literal("view_submission"),
  view: z.looseObject({
    blocks: z.array(z.looseObject({ type: z.string(), block_id: z.string().optional() })),
  }),
});

/**
 * An answer to a submitted form that says the sentence on its first field, so that it stays open with all that was
 * typed; nothing for what is no form or has no field. Slack shows it as plain text
 * (docs.slack.dev, "Modals", "Displaying errors in views").
 */
export function answerOnForm(body: unknown, sentence: string): unknown {
  const { data } = submissionSchema.safeParse(body);
  const field = data?.view.blocks.find(({ type }) => type === "input")?.block_id;
  if (field === undefined) return undefined;
  return { response_action: "errors", errors: { [field]: sentence.replaceAll("`", "") } };
}
