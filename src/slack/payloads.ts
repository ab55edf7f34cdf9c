import * as z from "zod";
import type { PersonId } from "../runbook/plan.ts";

/**
 * What we read of Slack's deliveries, parsed at the edge; everything else in them is ignored. The actor is always
 * the (team id, user id) of a verified delivery: a button's value, a view's metadata and what was typed say
 * nothing about who acts.
 */

const userId = z.string().regex(/^[UW][A-Z0-9]{2,}$/);
const teamId = z.string().regex(/^[TE][A-Z0-9]{2,}$/);
const user = z.object({ id: userId, team_id: teamId.nullish() });
const team = z.object({ id: teamId }).nullish();

export const commandSchema = z
  .object({
    team_id: teamId,
    user_id: userId,
    channel_id: z.string(),
    text: z.string().default(""),
    trigger_id: z.string(),
    response_url: z.string(),
  })
  .transform((command) => ({
    by: { teamId: command.team_id, userId: command.user_id } satisfies PersonId,
    channel: command.channel_id,
    text: command.text,
    triggerId: command.trigger_id,
    responseUrl: command.response_url,
  }));

const action = z.object({
  action_id: z.string(),
  value: z.string().optional(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

const container = z.object({
  message_ts: z.string().optional(),
  channel_id: z.string().optional(),
  is_ephemeral: z.boolean().optional(),
  is_app_unfurl: z.boolean().optional(),
});

type Container = z.output<typeof container>;

export const clickSchema = z
  .object({
    user,
    team,
    trigger_id: z.string().optional(),
    response_url: z.string().optional(),
    channel: z.object({ id: z.string() }).optional(),
    container: container.optional(),
    view: z
      .object({
        id: z.string(),
        hash: z.string().optional(),
        type: z.string(),
        private_metadata: z.string().default(""),
      })
      .optional(),
    actions: z.array(action).min(1),
  })
  // A card unfurled from a link stands where we did not post it.
  .refine((click) => click.container?.is_app_unfurl !== true, "the button stands in an unfurled link")
  .transform((click) => ({
    by: actor(click.user, click.team),
    triggerId: click.trigger_id,
    responseUrl: click.response_url,
    channel: click.channel?.id,
    shownIn: shownIn(click.container),
    /** The button stands in an answer that only this person sees, or on their Home tab: no card changes before their eyes. */
    isPrivate: click.container?.is_ephemeral === true || click.view?.type === "home",
    view: click.view && {
      id: click.view.id,
      hash: click.view.hash,
      type: click.view.type,
      metadata: click.view.private_metadata,
    },
    actionId: click.actions[0]?.action_id ?? "",
    value: click.actions[0]?.selected_option?.value ?? click.actions[0]?.value ?? "",
  }));

/** One field's value in Slack's many shapes. */
const fieldValue = z.looseObject({
  type: z.string(),
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
  selected_users: z.array(userId).nullish(),
  selected_date: z.string().nullish(),
  selected_date_time: z.number().nullish(),
});

export type FieldValue = z.infer<typeof fieldValue>;
export type FormValues = Readonly<Record<string, Readonly<Record<string, FieldValue>>>>;

export const submissionSchema = z
  .object({
    user,
    team,
    view: z.object({
      id: z.string(),
      root_view_id: z.string().nullish(),
      hash: z.string().optional(),
      private_metadata: z.string().default(""),
      state: z.object({ values: z.record(z.string(), z.record(z.string(), fieldValue)) }),
    }),
  })
  .transform((submission) => ({
    by: actor(submission.user, submission.team),
    view: {
      id: submission.view.id,
      metadata: submission.view.private_metadata,
      values: submission.view.state.values,
    },
  }));

export const suggestionSchema = z
  .object({ user, team, value: z.string().default("") })
  .transform((suggestion) => ({ by: actor(suggestion.user, suggestion.team), typed: suggestion.value }));

export const homeOpenedSchema = z
  .object({ team_id: teamId, event: z.object({ user: userId, tab: z.string().optional() }) })
  .transform(({ team_id, event }) => ({
    by: { teamId: team_id, userId: event.user } satisfies PersonId,
    tab: event.tab ?? "home",
  }));

export const channelArchivedSchema = z
  .object({ event: z.object({ channel: z.string().regex(/^[CG][A-Z0-9]{2,}$/) }) })
  .transform(({ event }) => ({ channel: event.channel }));

/** `<request id>:<first 12 hex digits of the plan digest>`: what a button of a request carries, and nothing more. */
export const requestRefSchema = z
  .string()
  .regex(/^[\w-]{1,64}:[0-9a-f]{12}$/)
  .transform((value) => {
    const [requestId = "", shownDigest = ""] = value.split(":");
    return { requestId, shownDigest };
  });

export type Command = z.output<typeof commandSchema>;
export type Click = z.output<typeof clickSchema>;
export type Submission = z.output<typeof submissionSchema>;
export type RequestRef = z.output<typeof requestRefSchema>;

/** The message that the button stands in, where it stands in one that more than one person may see. */
function shownIn(where: Container | undefined): { channel: string; ts: string } | undefined {
  const { message_ts: ts, channel_id: channel, is_ephemeral: isEphemeral } = where ?? {};
  return ts === undefined || channel === undefined || isEphemeral ? undefined : { channel, ts };
}

/** The workspace where the person acts, as a command says it too, so that one person is one identity at every door; the hardening has checked both ids. */
function actor(person: z.output<typeof user>, of: z.output<typeof team>): PersonId {
  return { teamId: of?.id ?? person.team_id ?? "", userId: person.id };
}
