import type { WebClient } from "@slack/web-api";
import * as z from "zod";
import type { PersonProblem } from "../request/outcome.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Directory, Log } from "../workflow/ports.ts";

/** What `users.info` says that matters here; a deactivated account has fewer of these. */
const userSchema = z.object({
  id: z.string(),
  team_id: z.string(),
  deleted: z.boolean().default(false),
  is_bot: z.boolean().default(false),
  is_restricted: z.boolean().default(false),
  is_ultra_restricted: z.boolean().default(false),
  is_stranger: z.boolean().default(false),
  enterprise_user: z.object({ enterprise_id: z.string().optional() }).optional(),
});

type SlackUser = z.infer<typeof userSchema>;

export type DirectoryOptions = {
  client: WebClient;
  /** Teams whose members may act; a function when they are known only once Slack has answered, and until then nobody may. */
  allowedTeams: readonly string[] | (() => readonly string[]);
  /** On Enterprise Grid: members of the same organisation's other workspaces may act as well. */
  enterpriseId?: string;
  /** The answer is `unknown` after this. */
  timeoutMs: number;
  log: Log;
};

/**
 * Who people are, asked fresh at `users.info` for every decision. Whatever fails (a timeout, a rate limit, an
 * answer of another shape or about somebody else) is `unknown`, and unavailable means no.
 */
export function createDirectory(options: DirectoryOptions): Directory {
  return {
    async check(person) {
      const user = await ask(options, person).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        options.log.warn("Slack's directory could not say who somebody is", { user: person.userId, reason });
        return undefined;
      });
      const problem = user ? problemOf(user, person, options) : "unknown";
      return problem ? { status: "refused", problem } : { status: "ok" };
    },
  };
}

async function ask({ client, timeoutMs }: DirectoryOptions, person: PersonId): Promise<SlackUser> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const answer = await Promise.race([client.users.info({ user: person.userId }), tooLate]);
    return userSchema.parse(answer.user);
  } finally {
    clearTimeout(timer);
  }
}

/** `is_stranger` alone is not enough: it is false for somebody of another organisation who shares a channel. */
function problemOf(user: SlackUser, person: PersonId, options: DirectoryOptions): PersonProblem | undefined {
  if (user.id !== person.userId) return "unknown";
  if (user.deleted) return "deactivated";
  if (user.is_bot) return "bot";
  if (user.is_restricted || user.is_ultra_restricted) return "guest";
  if (user.is_stranger) return "stranger";
  if (!isOurs(user, options)) return "other-team";
  return undefined;
}

function isOurs(user: SlackUser, { allowedTeams, enterpriseId }: DirectoryOptions): boolean {
  const teams = typeof allowedTeams === "function" ? allowedTeams() : allowedTeams;
  if (teams.includes(user.team_id)) return true;
  return (
    enterpriseId !== undefined && enterpriseId !== "" && user.enterprise_user?.enterprise_id === enterpriseId
  );
}
