import { findContradiction } from "../request/find-contradiction.ts";
import { correlationId, type Failure, type Request, type RevocationCause } from "../request/request.ts";
import { beginRevocation } from "../request/revoke.ts";
import { finishRun } from "../request/run.ts";
import { askPolicyAgain } from "./ask-policy-again.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { runPlanHolds } from "./run-plan-holds.ts";

/** Everything that was approved is asked again: the plan, the recorded events, the policy, the person. What fails here fails the run before it starts. */
export async function mayStillRun(deps: Deps, request: Request, runNo: number): Promise<boolean> {
  if (!request.runs.some((run) => run.no === runNo && run.state === "queued")) return false;
  const held = await runPlanHolds(deps, request, runNo);
  // What its query reads can't be known now: the run stays queued, and the sweeper hands it over again.
  if (held === "unread") {
    deps.log.warn("a run waits: its query could not be read now", {
      correlationId: correlationId(request.id, runNo),
    });
    return false;
  }
  if (held === "changed") {
    await failUnstarted(deps, request.id, runNo, "plan-changed", {
      code: "plan-changed",
      sentence:
        "The runbook or its data source changed after this was approved, so nothing ran. Ask again; approvers will see what it does now.",
    });
    return false;
  }
  const contradiction = findContradiction(request);
  if (contradiction !== undefined) {
    deps.log.error("the audit events of a request do not say what its document says", {
      correlationId: correlationId(request.id, runNo),
      contradiction: contradiction.slice(0, 200),
    });
    await failUnstarted(deps, request.id, runNo, "failed", {
      code: "audit-broken",
      sentence:
        "What is stored of this request is not what its recorded events say, so nothing ran. The bot's log says what differs; an operator has to look at it. Ask again for a new approval.",
    });
    return false;
  }
  const policy = await askPolicyAgain(deps, request, deps.clock.now());
  // Who may ask can't be known now: the run stays queued, and the sweeper hands it over again.
  if (policy.status === "unavailable") {
    deps.log.warn("a run waits: who may ask for it can't be known now", {
      correlationId: correlationId(request.id, runNo),
      group: policy.group,
      why: policy.why,
    });
    return false;
  }
  if (policy.status === "no-longer-allowed") {
    const { status, because, advice } = policy;
    const sentence = `${because}, so nothing ran. ${advice}`;
    await failUnstarted(deps, request.id, runNo, status, { code: status, sentence });
    return false;
  }
  const person = await deps.directory.check(request.requester);
  if (person.status === "refused" && person.problem !== "unknown") {
    await failUnstarted(deps, request.id, runNo, "requester-gone", {
      code: "requester-gone",
      sentence: `The requester may not act any more (${person.problem}), so nothing ran.`,
    });
    return false;
  }
  // A directory that can't answer opens nothing: the run stays queued, and the sweeper hands it over again.
  return person.status === "ok";
}

async function failUnstarted(
  deps: Deps,
  requestId: string,
  runNo: number,
  cause: RevocationCause,
  failure: Failure,
): Promise<void> {
  const outcome = await deps.store.change(requestId, (request) => {
    const now = deps.clock.now();
    const failed = finishRun(request, runNo, { event: "fail", failure }, undefined, now);
    return failed.status === "changed" ? beginRevocation(failed.request, { cause }, now) : failed;
  });
  if (outcome.status === "changed") await handOver(deps, outcome.request);
}
