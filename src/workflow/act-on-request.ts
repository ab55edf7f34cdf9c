import type { Outcome } from "../request/outcome.ts";
import { refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { Act, ActOutcome } from "./use-cases.ts";

/**
 * The way of every act of a person on a stored request: a fresh look at the person, a decision in the write,
 * a record of a refusal, and the work that follows handed over.
 */
export async function actOn(
  deps: Deps,
  act: Act,
  what: string,
  decide: (request: Request, now: Date) => Outcome,
): Promise<ActOutcome> {
  const person = await deps.directory.check(act.by);
  const outcome =
    person.status === "refused"
      ? refused({ kind: "person", problem: person.problem })
      : await deps.store.change(act.requestId, (request) => decide(request, deps.clock.now()));

  switch (outcome.status) {
    case "changed":
      await handOver(deps, outcome.request);
      deps.log.info("act done", {
        act: what,
        requestId: act.requestId,
        by: act.by,
        state: outcome.request.state,
      });
      return { status: "done", request: outcome.request };
    case "refused": {
      const stored = await deps.store.get(act.requestId);
      if (!stored) return { status: "not-found" };
      const { why } = outcome;
      await recordRefusal(deps, {
        actor: act.by,
        act: what,
        requestId: act.requestId,
        why: why.kind === "person" ? `person: ${why.problem}` : why.kind,
      });
      return { status: "refused", why, request: stored.request };
    }
    case "not-found":
      return { status: "not-found" };
  }
}
