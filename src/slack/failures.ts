import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { Log } from "../workflow/ports.ts";
import { answerOnForm } from "./answer-on-form.ts";
import { withoutSecrets } from "./bolt-logger.ts";
import type { Hardening } from "./hardening.ts";
import { failureSentence } from "./open-view.ts";
import type { Tell } from "./tell.ts";

/** Logs an unexpected error under a reference that the person can quote. Payloads are never logged: they hold what people typed. */
export function createReport(log: Log): (error: unknown, during: string) => string {
  return (error, during) => {
    const reference = randomBytes(4).toString("hex");
    const real = originalOf(error);
    log.error("An act in Slack failed", {
      reference,
      during,
      error: real instanceof Error ? real.name : typeof real,
      reason: withoutSecrets(real instanceof Error ? real.message : String(real)).slice(0, 500),
      ...(real instanceof Error && real.stack ? { stack: withoutSecrets(real.stack).slice(0, 2000) } : {}),
    });
    return reference;
  };
}

const bodySchema = z.looseObject({
  type: z.string().optional(),
  command: z.string().optional(),
  user_id: z.string().optional(),
  team_id: z.string().optional(),
  user: z.looseObject({ id: z.string() }).optional(),
  team: z.looseObject({ id: z.string() }).nullish(),
  channel_id: z.string().optional(),
  channel: z.looseObject({ id: z.string() }).optional(),
  response_url: z.string().optional(),
  actions: z.array(z.looseObject({ action_id: z.string() })).optional(),
  view: z.looseObject({ callback_id: z.string().optional() }).optional(),
});

/**
 * Bolt's error handler, the one place where what a listener throws ends: acknowledged, logged with a reference, and
 * said to the person. A form is answered on its first field, so that it stays open with all that was typed.
 */
export function createErrorHandler(deps: {
  hardening: Hardening;
  report: (error: unknown, during: string) => string;
  tell: Tell;
}) {
  return async ({ error, body }: { error: unknown; body: object }): Promise<void> => {
    const parsed = bodySchema.safeParse(body);
    const facts = parsed.success ? parsed.data : {};
    const during =
      facts.actions?.[0]?.action_id ?? facts.view?.callback_id ?? facts.command ?? facts.type ?? "?";
    const sentence = failureSentence(deps.report(error, during));
    const acknowledgement = deps.hardening.acknowledgementOf(body);
    const answer = answerOnForm(body, sentence);
    if (answer !== undefined && acknowledgement && !acknowledgement.done) return acknowledgement.ack(answer);
    await acknowledgement?.ack();
    const userId = facts.user?.id ?? facts.user_id;
    if (userId === undefined || facts.type === "event_callback" || facts.type === "block_suggestion")
      return undefined;
    return deps.tell(
      {
        by: { teamId: facts.team?.id ?? facts.team_id ?? "", userId },
        channel: facts.channel?.id ?? facts.channel_id,
        responseUrl: facts.response_url,
      },
      sentence,
    );
  };
}

/** Bolt wraps what is not its own error. */
function originalOf(error: unknown): unknown {
  if (error instanceof Error && "original" in error && error.original instanceof Error) return error.original;
  return error;
}
