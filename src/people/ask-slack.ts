import * as z from "zod";
import { known, unavailable, type Asked } from "./asked.ts";
import { answerTimeoutMs } from "./provider-access.ts";
import { why } from "./sentences.ts";

export type SlackQuestion<T> = {
  ask: () => Promise<unknown>;
  schema: z.ZodType<T>;
  /** The scope that the method needs, for the sentence. */
  scope: string;
  /** What some of Slack's error codes mean for this question. */
  meanings?: Readonly<Record<string, Asked<T>>>;
  timeoutMs?: number;
};

const refusal = z.object({ data: z.object({ error: z.string() }) });

/** One call of Slack's Web API. Never throws; a call that comes too late is left to end by itself. */
export async function askSlack<T>(question: SlackQuestion<T>): Promise<Asked<T>> {
  const timeoutMs = question.timeoutMs ?? answerTimeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Asked<never>>((resolve) => {
    timer = setTimeout(() => resolve(unavailable(why.late("Slack", timeoutMs))), timeoutMs);
  });
  try {
    return await Promise.race([answerTo(question), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function answerTo<T>({ ask, schema, scope, meanings = {} }: SlackQuestion<T>): Promise<Asked<T>> {
  try {
    const checked = schema.safeParse(await ask());
    return checked.success ? known(checked.data) : unavailable(why.wrongShape("Slack"));
  } catch (error) {
    const code = refusal.safeParse(error).data?.data.error;
    if (code === undefined) return unavailable(why.unreachable("Slack"));
    if (code === "missing_scope") return unavailable(why.missingScope(scope));
    if (code === "ratelimited") return unavailable(why.limited("Slack"));
    const meant = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
    return meant ?? unavailable(why.slackRefused);
  }
}
