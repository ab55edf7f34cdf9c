import type { Request } from "../../src/request/request.ts";
import type { CallRecord } from "../../src/sandbox/aws/call-log.ts";
import type { Violation } from "./violation.ts";

/**
 * What was written, held against what is said of it: a write is sent once, and it is done exactly when its run says
 * that it succeeded. Only `unknown` may be either.
 *
 * @param updates every UpdateItem that AWS saw
 */
export function checkWrites(request: Request, updates: readonly CallRecord[]): Violation[] {
  if (!request.plan.write) return [];
  return request.runs.flatMap(({ no, state, failure }) => {
    const say = (invariant: number, what: string) => ({
      invariant,
      requestId: request.id,
      what: `write ${no} ${what}`,
    });
    const sent = updates.filter(({ sessionName }) => sessionName === `jit-${request.id}-${no}`);
    const isDone = sent.some(({ access, error }) => access === "allowed" && error === undefined);
    return [
      ...(sent.length > 1 ? [say(5, `was sent ${sent.length} times`)] : []),
      ...(isDone && (state === "failed" || state === "stopped")
        ? [say(9, `was done, and is said to have ${state} (${failure?.code})`)]
        : []),
      ...(!isDone && state === "succeeded" ? [say(9, "is said to be done, and was not")] : []),
    ];
  });
}
