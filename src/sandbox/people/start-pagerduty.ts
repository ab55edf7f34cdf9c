import { startProviderPeer, type PeerAnswer, type PeerQuestion, type ProviderPeer } from "./provider-peer.ts";

/** One entry of a schedule by one escalation policy. */
export type PagerDutyOnCall = {
  user: { id: string; name: string; email: string };
  /** Absent for somebody whom the escalation rule names directly. */
  schedule?: string;
  escalationPolicy: string;
  level?: number;
  /** Absent: always. */
  start?: string;
  end?: string;
};

export type PagerDutyOptions = {
  token?: string;
  onCalls?: readonly PagerDutyOnCall[];
  /** Schedules that exist; those of the on-calls do anyway. */
  schedules?: readonly string[];
  /** Which of them are shift-based (v3). */
  shiftBased?: readonly string[];
};

/** A new one each time; `onCalls` may be changed while it runs. */
export type PagerDutyPeer = ProviderPeer & { token: string; onCalls: PagerDutyOnCall[] };

/**
 * PagerDuty's REST API as far as on-calls go: `GET /oncalls` with filters, time range and pages, `GET /schedules/{id}`
 * for layer-based and `GET /v3/schedules/{id}` for shift-based ones.
 * https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
 */
export async function startPagerDuty(options: PagerDutyOptions = {}): Promise<PagerDutyPeer> {
  const token = options.token ?? "local-pagerduty-token";
  const onCalls = [...(options.onCalls ?? [])];
  const peer = await startProviderPeer({
    authorization: `Token token=${token}`,
    refuse: () => ({ status: 401, body: { error: { message: "Unauthorized", code: 2006 } } }),
    answer: (question) => {
      if (question.accept !== "application/vnd.pagerduty+json;version=2") {
        return { status: 406, body: { error: { message: "Accept header is not supported" } } };
      }
      if (question.path === "/oncalls") return listOnCalls(onCalls, options, question.query);
      return showSchedule(onCalls, options, question);
    },
  });
  return Object.assign(peer, { token, onCalls });
}

function listOnCalls(
  onCalls: readonly PagerDutyOnCall[],
  { shiftBased = [] }: PagerDutyOptions,
  query: URLSearchParams,
): PeerAnswer {
  const schedules = query.getAll("schedule_ids[]");
  const policies = query.getAll("escalation_policy_ids[]");
  const since = Date.parse(query.get("since") ?? new Date().toISOString());
  const until = Date.parse(query.get("until") ?? new Date().toISOString());
  const limit = Math.min(Number(query.get("limit") ?? "25"), 100);
  const offset = Number(query.get("offset") ?? "0");
  if (until < since)
    return { status: 400, body: { error: { message: "Invalid Input Provided", code: 2001 } } };

  const found = onCalls
    .filter(({ schedule }) => schedules.length === 0 || (schedule && schedules.includes(schedule)))
    .filter(({ escalationPolicy }) => policies.length === 0 || policies.includes(escalationPolicy))
    .filter(({ start }) => start === undefined || Date.parse(start) <= until)
    .filter(({ end }) => end === undefined || Date.parse(end) >= since);
  const full = query.getAll("include[]").includes("users");
  return {
    status: 200,
    body: {
      oncalls: found.slice(offset, offset + limit).map((one) => entry(one, full, shiftBased)),
      limit,
      offset,
      more: offset + limit < found.length,
      total: null,
    },
  };
}

function entry(one: PagerDutyOnCall, full: boolean, shiftBased: readonly string[]): unknown {
  const { schedule } = one;
  const kind = schedule && shiftBased.includes(schedule) ? "schedule_v3_reference" : "schedule_reference";
  const { id, name, email } = one.user;
  return {
    user: { ...reference(id, full ? "user" : "user_reference", name), ...(full && { name, email }) },
    schedule: schedule === undefined ? null : reference(schedule, kind, schedule),
    escalation_policy: reference(one.escalationPolicy, "escalation_policy_reference", one.escalationPolicy),
    escalation_level: one.level ?? 1,
    start: one.start ?? null,
    end: one.end ?? null,
  };
}

function showSchedule(
  onCalls: readonly PagerDutyOnCall[],
  { schedules = [], shiftBased = [] }: PagerDutyOptions,
  { path }: PeerQuestion,
): PeerAnswer {
  const [, v3, id] = /^(\/v3)?\/schedules\/([^/]+)$/.exec(path) ?? [];
  const used = onCalls.filter(({ schedule }) => schedule === id);
  if (id === undefined || (used.length === 0 && !schedules.includes(id))) return notFound;
  if (v3 && !shiftBased.includes(id))
    return { status: 400, body: { error: { message: "Invalid Schedule", code: 3001 } } };
  if (!v3 && shiftBased.includes(id)) return notFound;
  const policies = [...new Set(used.map(({ escalationPolicy }) => escalationPolicy))];
  return {
    status: 200,
    body: {
      schedule: {
        ...reference(id, v3 ? "schedule_v3" : "schedule", id),
        time_zone: "Etc/UTC",
        escalation_policies: policies.map((policy) =>
          reference(policy, "escalation_policy_reference", policy),
        ),
      },
    },
  };
}

const notFound: PeerAnswer = { status: 404, body: { error: { message: "Not Found", code: 2100 } } };

function reference(id: string, type: string, summary: string): Record<string, unknown> {
  return { id, type, summary, self: null, html_url: null };
}
