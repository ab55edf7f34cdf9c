import type { Sandbox } from "../start-sandbox.ts";
import { INCIDENTS, PATIENCE, roleNames } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** k) A query that would read every day there is never reaches an approver: its field says what to add. */
export async function noDay({ slack, aws }: Sandbox, told: Told): Promise<void> {
  const person = slack.as("engineer");
  const started = () => aws.calls.query({ operation: "StartQueryExecution" }).length;
  const before = started();
  await person.command("/jit request crm-adhoc", { channel: INCIDENTS });
  const form = await person.waitForView("Send request", PATIENCE);
  const query = "SELECT country, count(*) AS customers FROM customers GROUP BY country";
  const outcome = await person
    .fill(form, {
      Query: query,
      Reason: "How many customers are there per country",
      "Incident or ticket": "INC-4213",
    })
    .submit();
  const [refusal] = Object.values(outcome.fieldErrors);
  told.check(
    roleNames.engineer,
    "asks for a count over all days at once",
    outcome.status === "invalid" && /line 1, column \d+/i.test(refusal ?? ""),
    `beside the field: ${refusal}`,
  );
  told.check("Slack", "says there how to mend it", /dt (=|BETWEEN)/.test(refusal ?? ""));
  told.check("AWS", "was never asked", started() === before);
  const kept = person.view();
  if (kept) await person.close(kept, { all: true });
}
