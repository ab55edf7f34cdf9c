import { startProviderPeer, type PeerAnswer, type PeerQuestion, type ProviderPeer } from "./provider-peer.ts";

/** As Opsgenie shows it: a user, or a team, escalation or schedule with those who are on call inside it. */
export type OpsgenieParticipant = {
  id: string;
  /** A user's is their e-mail address. */
  name: string;
  type: "user" | "team" | "escalation" | "schedule";
  /** Minutes after which an escalation comes to them. */
  escalationTime?: number;
  notifyType?: "default" | "next" | "previous" | "users" | "admins" | "all" | "random";
  onCallParticipants?: readonly OpsgenieParticipant[];
};

type OpsgenieShift = { start?: string; end?: string; participants: readonly OpsgenieParticipant[] };

export type OpsgenieSchedule = {
  id: string;
  name: string;
  enabled?: boolean;
  shifts: readonly OpsgenieShift[];
  /** A schedule that the key's team may not see. */
  forbidden?: boolean;
};

export type OpsgenieOptions = { apiKey?: string; schedules?: readonly OpsgenieSchedule[] };

/** A new one each time; `schedules` may be changed while it runs. */
export type OpsgeniePeer = ProviderPeer & { apiKey: string; schedules: OpsgenieSchedule[] };

/** Opsgenie's `GET /v2/schedules/{schedule}/on-calls`: https://docs.opsgenie.com/docs/who-is-on-call-api */
export async function startOpsgenie(options: OpsgenieOptions = {}): Promise<OpsgeniePeer> {
  const apiKey = options.apiKey ?? "local-opsgenie-key";
  const schedules = [...(options.schedules ?? [])];
  const peer = await startProviderPeer({
    authorization: `GenieKey ${apiKey}`,
    refuse: () => ({ status: 401, body: failure("Could not authenticate") }),
    answer: (question) => showOnCalls(schedules, question),
  });
  return Object.assign(peer, { apiKey, schedules });
}

function showOnCalls(schedules: readonly OpsgenieSchedule[], { path, query }: PeerQuestion): PeerAnswer {
  const segment = /^\/v2\/schedules\/([^/]+)\/on-calls$/.exec(path)?.[1];
  const identifier = segment && decodeURIComponent(segment);
  const byName = query.get("scheduleIdentifierType") === "name";
  const schedule = schedules.find(({ id, name }) => (byName ? name : id) === identifier);
  if (!schedule) return { status: 404, body: failure("No schedule exists with this identifier") };
  if (schedule.forbidden)
    return { status: 403, body: { ...failure("You cannot see this schedule"), code: 40_301 } };

  const date = query.get("date");
  if (date !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(date))
    return { status: 422, body: failure("The date has another format") };
  const at = date === null ? Date.now() : Date.parse(date);
  const participants = schedule.shifts
    .filter(({ start, end }) => (!start || Date.parse(start) <= at) && (!end || at < Date.parse(end)))
    .flatMap((shift) => shift.participants);
  const { id, name, enabled = true } = schedule;
  const parent = { id, name, enabled };
  const data =
    query.get("flat") === "true"
      ? { _parent: parent, onCallRecipients: names(participants) }
      : { _parent: parent, onCallParticipants: participants };
  return { status: 200, body: { data, took: 0.01, requestId: "local" } };
}

function names(participants: readonly OpsgenieParticipant[]): string[] {
  return participants.flatMap(({ type, name, onCallParticipants = [] }) =>
    type === "user" ? [name] : names(onCallParticipants),
  );
}

function failure(message: string): Record<string, unknown> {
  return { message, took: 0.01, requestId: "local" };
}
