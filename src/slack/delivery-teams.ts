import * as z from "zod";

/** Every place where Slack says whose delivery it is; absent ones are absent, odd ones are not trusted. */
const teamsSchema = z.looseObject({
  team_id: z.string().nullish(),
  team: z.looseObject({ id: z.string() }).nullish(),
  user: z.union([z.string(), z.looseObject({ team_id: z.string().nullish() })]).nullish(),
  enterprise: z.looseObject({ id: z.string() }).nullish(),
  enterprise_id: z.string().nullish(),
  context_team_id: z.string().nullish(),
  view: z
    .looseObject({ team_id: z.string().nullish(), app_installed_team_id: z.string().nullish() })
    .nullish(),
  event: z
    .looseObject({
      user_team: z.string().nullish(),
      source_team: z.string().nullish(),
      team: z.unknown().optional(),
    })
    .nullish(),
});

/**
 * Whose delivery this is: all team ids and enterprise ids it names. Bolt with one token looks at none of them, so
 * a click from a workspace that shares a channel with ours would reach a handler. Nothing named is nobody's.
 */
export function teamsOf(body: unknown): { teams: string[]; enterprises: string[] } {
  const parsed = teamsSchema.safeParse(body);
  if (!parsed.success) return { teams: [], enterprises: [] };
  const { team_id, team, user, enterprise, enterprise_id, context_team_id, view, event } = parsed.data;
  return {
    teams: present([
      team_id,
      team?.id,
      typeof user === "object" ? user?.team_id : undefined,
      context_team_id,
      view?.team_id,
      view?.app_installed_team_id,
      event?.user_team,
      event?.source_team,
    ]),
    enterprises: present([enterprise?.id, enterprise_id]),
  };
}

function present(ids: readonly (string | null | undefined)[]): string[] {
  return [...new Set(ids.filter((id) => typeof id === "string" && id !== ""))] as string[];
}
