import * as z from "zod";
import { askSlack } from "./ask-slack.ts";
import { known, type Asked } from "./asked.ts";

/** Who has an e-mail address in Slack. Never throws. */
export interface EmailDirectory {
  /** `undefined` when nobody has it. */
  userWith(email: string): Promise<Asked<string | undefined>>;
}

/** The part of Slack's WebClient that is used here. */
export interface EmailClient {
  users: { lookupByEmail(args: { email: string }): Promise<unknown> };
}

const answer = z.object({
  user: z.object({
    id: z.string().regex(/^[UW][A-Z0-9]+$/),
    deleted: z.boolean().default(false),
    is_bot: z.boolean().default(false),
    is_restricted: z.boolean().default(false),
    is_ultra_restricted: z.boolean().default(false),
    is_stranger: z.boolean().default(false),
    profile: z.object({ email: z.string() }),
  }),
});

/**
 * https://docs.slack.dev/reference/methods/users.lookupByEmail (scopes `users:read.email` and `users:read`). Only full members
 * count: guests' addresses are anybody's.
 */
export function slackEmails(client: EmailClient, options: { timeoutMs?: number } = {}): EmailDirectory {
  return {
    async userWith(email) {
      const asked = await askSlack({
        ask: () => client.users.lookupByEmail({ email }),
        schema: answer.optional(),
        scope: "users:read.email",
        meanings: { users_not_found: known(undefined) },
        ...options,
      });
      if (asked.status === "unavailable") return asked;
      if (asked.value === undefined) return known(undefined);
      const { user } = asked.value;
      const doubtful =
        user.deleted || user.is_bot || user.is_restricted || user.is_ultra_restricted || user.is_stranger;
      const same = user.profile.email.toLowerCase() === email.toLowerCase();
      return known(doubtful || !same ? undefined : user.id);
    },
  };
}
