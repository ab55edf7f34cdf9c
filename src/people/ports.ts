import type { Asked } from "./asked.ts";

/**
 * Who somebody is, asked of the outside: on-call schedules, user groups, managers. None of these ever throws, and
 * `unavailable` always means no.
 *
 * People are named as in `access.yml`: `U0123ABCD` belongs to the bot's own team, `T0123ABCD:U0123ABCD` to that one.
 */

export type AskOptions = {
  /** Never answered from memory. Whatever is decided by the answer (a vote, an automatic approval) asks fresh. */
  fresh?: boolean;
};

/** Who is on call. */
export interface Schedules {
  /**
   * Everybody on call at that moment; nobody is an empty list. A person whom no link joins to a Slack user has no
   * `slackUserId` and stands for nobody who may act here.
   */
  onCall(schedule: ScheduleRef, at: Date, options?: AskOptions): Promise<Asked<readonly OnCallPerson[]>>;
}

export type ScheduleRef =
  | {
      provider: "pagerduty" | "opsgenie";
      /** PagerDuty: the schedule's id, e.g. `PI7DH85`. Opsgenie: its id (a UUID) or its exact name. */
      schedule: string;
      /** PagerDuty only: counts only who is on call by this escalation policy's use of the schedule. */
      escalationPolicy?: string;
    }
  | { provider: "file"; schedule: string };

export type OnCallPerson = {
  /** Who it is at the provider; for a file the Slack user itself. */
  providerId: string;
  slackUserId?: string;
  /** A name to show, never to decide by. Text of the provider's: inert only once it was made so. */
  display?: string;
};

/** Slack's user groups. */
export interface UserGroups {
  /** Slack user ids of the group's members, each once. */
  members(userGroupId: string, options?: AskOptions): Promise<Asked<readonly string[]>>;
}

/** Who leads whom. */
export interface Managers {
  /** `undefined` when it is known that nobody is named; never the person themselves. */
  managerOf(slackUserId: string, options?: AskOptions): Promise<Asked<string | undefined>>;
}
