import * as z from "zod";

/** A person as `access.yml` names them: a Slack user id, with its team's when that is not the bot's own. */
export const slackMember = z
  .string()
  .regex(
    /^(T[A-Z0-9]+:)?[UW][A-Z0-9]+$/,
    "a person is a Slack user id like U0123ABCD, or T0123ABCD:U0123ABCD",
  );
