import type { Asked } from "../../src/people/asked.ts";
import { createSchedules, type SchedulesOptions } from "../../src/people/create-schedules.ts";
import { opsgenieSchedules } from "../../src/people/opsgenie.ts";
import { pagerDutySchedules } from "../../src/people/pagerduty.ts";
import type { People } from "../../src/people/people-file.ts";
import type { ScheduleRef, Schedules } from "../../src/people/ports.ts";
import { startOpsgenie } from "../../src/sandbox/people/start-opsgenie.ts";
import { startPagerDuty } from "../../src/sandbox/people/start-pagerduty.ts";
import type { ProviderPeer } from "../../src/sandbox/people/provider-peer.ts";

export const at = new Date("2026-11-21T10:00:00Z");

export const primary = { id: "PONCALL", name: "Primary On-Call", email: "primary@example.com" };

export const people: People = {
  people: { U0PRIMARY: { pagerduty: "PONCALL", opsgenie: "b5b92115-bfe7-43eb-8c2a-e467f2e5ddc4" } },
};

/** One person on call at each provider, behind the product's own schedules. */
export type ASchedule = AsyncDisposable & {
  peer: ProviderPeer;
  secret: string;
  ref: ScheduleRef;
  schedules(options?: { timeoutMs?: number; token?: string } & Partial<SchedulesOptions>): Schedules;
};

export async function aPagerDutySchedule(): Promise<ASchedule> {
  const peer = await startPagerDuty({
    onCalls: [{ user: primary, schedule: "PORDERS", escalationPolicy: "PPOLICY" }],
  });
  return {
    peer,
    secret: peer.token,
    ref: { provider: "pagerduty", schedule: "PORDERS" },
    schedules: ({ timeoutMs, token = peer.token, ...rest } = {}) =>
      createSchedules({
        people: () => people,
        pagerDuty: pagerDutySchedules({
          token,
          endpoint: peer.url,
          ...(timeoutMs !== undefined && { timeoutMs }),
        }),
        ...rest,
      }),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

export async function anOpsgenieSchedule(): Promise<ASchedule> {
  const peer = await startOpsgenie({
    schedules: [
      {
        id: "d875e9d4-9b4e-4219-a1b3-0c26936d18de",
        name: "orders / primary",
        shifts: [
          {
            participants: [
              { id: "b5b92115-bfe7-43eb-8c2a-e467f2e5ddc4", name: "primary@example.com", type: "user" },
            ],
          },
        ],
      },
    ],
  });
  return {
    peer,
    secret: peer.apiKey,
    ref: { provider: "opsgenie", schedule: "orders / primary" },
    schedules: ({ timeoutMs, token = peer.apiKey, ...rest } = {}) =>
      createSchedules({
        people: () => people,
        opsgenie: opsgenieSchedules({
          token,
          endpoint: peer.url,
          ...(timeoutMs !== undefined && { timeoutMs }),
        }),
        ...rest,
      }),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** Slack users of an answer; why, when it is unavailable. */
export function slackUsers(
  asked: Asked<readonly { slackUserId?: string }[]>,
): string | (string | undefined)[] {
  return asked.status === "known" ? asked.value.map(({ slackUserId }) => slackUserId) : asked.why;
}
