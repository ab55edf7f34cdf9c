import type { AccessCheck } from "./service.ts";

/** One call as the gateway saw it, whatever became of it. Never holds a secret key, token or signature. */
export type CallRecord = {
  /** Counts up from 1 in the order in which calls ended. */
  id: number;
  /** When it arrived, by the peer's clock. */
  at: Date;
  latencyMs: number;
  service: string;
  operation: string;
  /** The Region that the caller signed for. */
  region?: string;
  requestId: string;
  userAgent: string;
  /** As claimed; belongs to `principalArn` only when there is one. */
  accessKeyId?: string;
  /** Absent when the signature was not taken. */
  principalArn?: string;
  sessionName?: string;
  sourceIdentity?: string;
  /** Session and role tags of the caller. */
  tags: Record<string, string>;
  /** ARNs that IAM was asked about. */
  resources: string[];
  request: unknown;
  /**
   * `allowed`: IAM said yes to everything (the service may still have refused, see `error`); `denied`: it said
   * no; `unauthenticated`: the signature or token was not taken; `unchecked`: it ended before IAM was asked.
   */
  access: "allowed" | "denied" | "unauthenticated" | "unchecked";
  /** Each question to IAM with its context, and which statement or layer decided. */
  checks: AccessCheck[];
  /** The session that an AssumeRole made. */
  issued?: { accessKeyId: string; arn: string; tags: Record<string, string>; expiresAt: Date };
  /** Absent when no answer was sent. */
  status?: number;
  error?: { code: string; message: string };
  /** The fault that was played on this call. */
  fault?: string;
  /** `athena.amazonaws.com` for a call that Athena made in the name of whoever started a query; not on the wire. */
  invokedBy?: string;
};

export type CallFilter = Partial<
  Pick<CallRecord, "service" | "operation" | "access" | "sessionName" | "principalArn" | "accessKeyId">
> & {
  /** Only calls after this id. */
  after?: number;
};

export type CallLog = {
  /** Oldest first. */
  query: (filter?: CallFilter) => CallRecord[];
  /** The first recorded call that fits, or the next one; rejects after the deadline with what came instead. */
  waitForCall: (predicate: (call: CallRecord) => boolean, deadlineMs?: number) => Promise<CallRecord>;
  clear: () => void;
  /** Tells of every call from now on, once it has ended. */
  onCall: (listener: (call: CallRecord) => void) => void;
};

export class WaitedInVain extends Error {
  override readonly name = "WaitedInVain";
}

/** Keeps the last 10,000 calls: hours of a sandbox, a bounded amount of memory. */
const kept = 10_000;

export function createCallLog(): CallLog & { append: (call: Omit<CallRecord, "id">) => void } {
  let lastId = 0;
  const calls: CallRecord[] = [];
  const listeners = new Set<(call: CallRecord) => void>();

  return {
    append: (call) => {
      lastId += 1;
      const record = { id: lastId, ...call };
      calls.push(record);
      if (calls.length > kept) calls.shift();
      for (const listener of listeners) listener(record);
    },
    query: (filter = {}) => calls.filter((call) => fits(call, filter)),
    waitForCall: (predicate, deadlineMs = 30_000) => {
      const seen = calls.find(predicate);
      if (seen) return Promise.resolve(seen);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          listeners.delete(listener);
          const came = calls.slice(-5).map(describeCall).join("\n  ");
          reject(
            new WaitedInVain(`No such AWS call within ${deadlineMs} ms; the last ones were:\n  ${came}`),
          );
        }, deadlineMs);
        const listener = (call: CallRecord) => {
          if (!predicate(call)) return;
          clearTimeout(timer);
          listeners.delete(listener);
          resolve(call);
        };
        listeners.add(listener);
      });
    },
    clear: () => {
      calls.length = 0;
    },
    onCall: (listener) => void listeners.add(listener),
  };
}

/** One line for a person: `dynamodb:Query on arn:… by assumed-role/… denied (AccessDeniedException)`. */
export function describeCall(call: CallRecord): string {
  const who = call.principalArn?.split(":").at(-1) ?? "nobody known";
  const on = call.resources.length > 0 ? ` on ${call.resources.join(", ")}` : "";
  const end = call.error ? ` (${call.error.code})` : "";
  return `${call.service}:${call.operation}${on} by ${who} ${call.access}${end}`;
}

function fits(call: CallRecord, { after = 0, ...fields }: CallFilter): boolean {
  return (
    call.id > after &&
    Object.entries(fields).every(
      ([name, value]) => value === undefined || call[name as keyof typeof fields] === value,
    )
  );
}
