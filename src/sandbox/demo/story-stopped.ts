import { describeCall } from "../aws/call-log.ts";
import type { Sandbox } from "../start-sandbox.ts";
import { approve, ask, lastHours, linesWith, PATIENCE, roleNames, waitInThread } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** j) A query that goes on too long is ended by who asked for it, and stopped at AWS by the janitor. */
export async function stopped(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, aws } = sandbox;
  using hold = aws.athena.pace.hold("running", "next");
  const asked = await ask(
    sandbox,
    told,
    "oncall",
    "ct-root-activity",
    { Account: "111122223333", ...lastHours(sandbox, 72) },
    "Did anybody use root since Tuesday",
  );
  await approve(sandbox, told, asked);
  const progress = await waitInThread(sandbox, asked.card, /RUNNING|[Rr]unning/);
  const started = aws.athena.queries().at(-1);
  told.check(
    "Slack",
    "says in the thread that the query runs, and how much it has read",
    started?.state === "RUNNING" && /scanned|read/.test(progress.rendered),
    progress.rendered,
  );
  const person = slack.as("oncall");
  const copy = await person.waitForMessage(
    "dm",
    (text) => text.includes("[End access]") && text.includes(asked.requestId),
    PATIENCE,
  );
  const pressed = await person.click(copy, "jit_end");
  told.check(roleNames.oncall, "presses End access and confirms", pressed.status === "ok", pressed.shown);
  const stop = await aws.calls.waitForCall(
    (call) => call.operation === "StopQueryExecution" && call.tags["grant"] === asked.requestId,
    PATIENCE.timeoutMs,
  );
  told.check(
    "AWS",
    "lets the janitor, in a role of its own, stop the query",
    stop.access === "allowed" && stop.principalArn?.includes(":assumed-role/jit-janitor-athena/") === true,
    describeCall(stop),
  );
  const end = await waitInThread(sandbox, asked.card, /stopped/i);
  const query = aws.athena
    .queries()
    .find(({ queryExecutionId }) => queryExecutionId === started?.queryExecutionId);
  told.check(
    "AWS",
    "has the query as CANCELLED",
    query?.state === "CANCELLED",
    `${query?.state}: ${query?.reason}`,
  );
  const results = aws.calls.query({ operation: "GetQueryResults" });
  told.check(
    "Slack",
    "says that it was stopped; no row was read",
    results.every((call) => call.tags["grant"] !== asked.requestId),
    linesWith(end.rendered, /\S/),
  );
  hold.letGo();
}
