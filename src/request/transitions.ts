import type { RequestState, RunState } from "./request.ts";

/** The one table of what may follow what; nothing else assigns a state. */
const requestTransitions = {
  pending: { approve: "active", deny: "denied", cancel: "cancelled", lapse: "lapsed" },
  active: { end: "revoking" },
  revoking: { prove: "revoked" },
  revoked: {},
  denied: {},
  cancelled: {},
  lapsed: {},
} as const satisfies Record<RequestState, Partial<Record<RequestEvent, RequestState>>>;

const runTransitions = {
  queued: { start: "running", stop: "stopped", fail: "failed" },
  running: { succeed: "succeeded", fail: "failed", stop: "stopped", lose: "unknown" },
  unknown: { fail: "failed", settle: "succeeded" },
  succeeded: {},
  failed: {},
  stopped: {},
} as const satisfies Record<RunState, Partial<Record<RunEvent, RunState>>>;

export type RequestEvent = "approve" | "deny" | "cancel" | "lapse" | "end" | "prove";
export type RunEvent = "start" | "succeed" | "fail" | "stop" | "lose" | "settle";

/** The state after the event, or nothing when the event can't happen in this state. */
export function afterRequestEvent(state: RequestState, event: RequestEvent): RequestState | undefined {
  return (requestTransitions[state] as Partial<Record<RequestEvent, RequestState>>)[event];
}

export function afterRunEvent(state: RunState, event: RunEvent): RunState | undefined {
  return (runTransitions[state] as Partial<Record<RunEvent, RunState>>)[event];
}

/** Whether anything can still happen to the request. */
export function isOpen(state: RequestState): boolean {
  return Object.keys(requestTransitions[state]).length > 0;
}
