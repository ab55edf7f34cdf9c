import { alarmDueAt } from "./due.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import type { Request } from "./request.ts";
import { whatIsUnproven } from "./revoke.ts";

/** What should have been proven by now of a grant that is ending, in words; nothing when all is in time, or was told already. */
export function whatIsOverdue(request: Request, now: Date): string[] {
  const dueAt = alarmDueAt(request);
  return dueAt !== undefined && now.toISOString() >= dueAt ? whatIsUnproven(request) : [];
}

/** Somebody was told that the end of the access takes too long. It stays `revoking`, and each step is tried on. */
export function recordOverdue(request: Request, unproven: readonly string[], now: Date): Outcome {
  if (request.state !== "revoking" || !request.revocation || request.revocation.overdueSince)
    return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  return {
    status: "changed",
    request: record(
      { ...request, revocation: { ...request.revocation, overdueSince: at } },
      at,
      { kind: "system" },
      { type: "revocation.overdue", unproven },
    ),
  };
}
